import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { succeeds } from './commands.js';

let copy: string | undefined;

/** The path of a Node that this user may run: this one's, or a copy's where this one is in a directory of root alone. */
export function nodeOf(uid: number): string {
  if (succeeds(process.execPath, ['--version'], uid)) return process.execPath;
  copy ??= copyNode();
  return copy;
}

/** Whether this process may run programs as that user, who can read the built package: a clone may be in a directory of root alone. */
export function canBe(uid: number): boolean {
  const register = import.meta.resolve('guru-meditation/register');
  return process.getuid?.() === 0 && succeeds(nodeOf(uid), ['--import', register, '--eval', '0'], uid);
}

function copyNode(): string {
  const directory = mkdtempSync(join(tmpdir(), 'node-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const node = join(directory, 'node');
  copyFileSync(process.execPath, node);
  for (const path of [directory, node]) chmodSync(path, 0o755);
  return node;
}
