import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The programs under test that have dependencies of their own, each with its own lock file. */
const PROGRAMS = ['apps/sdk1', 'apps/sdk2', 'apps/sdk3', '../examples/traces'];

/** Before all tests, once: what the lock files say is there. */
export default function installPrograms(): void {
  for (const program of PROGRAMS) {
    const directory = fileURLToPath(new URL(`${program}/`, import.meta.url));
    if (isInstalled(directory)) continue;
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], { cwd: directory });
  }
}

function isInstalled(directory: string): boolean {
  const installed = `${directory}node_modules/.package-lock.json`;
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${directory}package-lock.json`).mtimeMs;
}
