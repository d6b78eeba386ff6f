import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The real programs, and how each is made from Go modules where the machine has none. */
const RECIPES = {
  collector: {
    variable: 'GMR_E2E_COLLECTOR',
    command: 'otelcol-contrib',
    build: (directory: string, output: string) => {
      const version = 'v0.156.0';
      run('go', ['install', `go.opentelemetry.io/collector/cmd/builder@${version}`], directory, { GOBIN: directory });
      run(join(directory, 'builder'), ['--config', 'manifest.yaml', '--skip-compilation'], directory);
      run('go', ['build', ...STRIPPED, '-o', output, '.'], directory);
    },
  },
  loki: {
    variable: 'GMR_E2E_LOKI',
    command: 'loki',
    build: (directory: string, output: string) =>
      run('go', ['build', '-mod=mod', ...STRIPPED, '-o', output, 'github.com/grafana/loki/v3/cmd/loki'], directory),
  },
  jaeger: {
    variable: 'GMR_E2E_JAEGER',
    command: 'jaeger',
    build: (directory: string, output: string) => {
      takeChecksums(directory, 'github.com/jaegertracing/jaeger@v1.76.0');
      const version = '-X github.com/jaegertracing/jaeger/internal/version.latestVersion=v2.13.0';
      const args = ['-trimpath', '-ldflags', `-s -w ${version}`, '-o', output];
      run('go', ['build', '-mod=mod', ...args, 'github.com/jaegertracing/jaeger/cmd/jaeger'], directory);
    },
  },
} as const;

export type ProgramName = keyof typeof RECIPES;
export const PROGRAMS = Object.keys(RECIPES) as ProgramName[];

const STRIPPED = ['-trimpath', '-ldflags', '-s -w'];
const GO = { CGO_ENABLED: '0', GOFLAGS: '-p=2 -buildvcs=false -modcacherw' };
const recipes = fileURLToPath(new URL('build/', import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'guru-meditation-backends');

/** A path in the environment, else one on PATH, else one built before, by the same recipe; undefined: it takes a build. */
export function findProgram(name: ProgramName): string | undefined {
  const { variable, command } = RECIPES[name];
  const given = process.env[variable];
  if (given) {
    if (!existsSync(given)) throw new Error(`${variable}=${given}: expected a program, no file is there`);
    return given;
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, command));
  return [...onPath, builtPath(name)].find((path) => existsSync(path));
}

/** Takes minutes where Go's caches are cold. @throws Error when it does not build. */
export function buildProgram(name: ProgramName): string {
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, `${name}-building-`));
  try {
    cpSync(join(recipes, name), directory, { recursive: true });
    RECIPES[name].build(directory, join(directory, 'program'));
    renameSync(join(directory, 'program'), builtPath(name));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return builtPath(name);
}

export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

function builtPath(name: ProgramName): string {
  const hash = createHash('sha256').update(String(RECIPES[name].build));
  for (const file of readdirSync(join(recipes, name)).sort()) hash.update(readFileSync(join(recipes, name, file)));
  return join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * Jaeger's own go.sum, out of its verified module: the checksum database has no entry for some of the modules that it
 * requires.
 */
function takeChecksums(directory: string, module: string): void {
  const told = execFileSync('go', ['mod', 'download', '-json', module], { cwd: directory, env: environment() });
  const { Path, Version, Dir, Sum, GoModSum } = JSON.parse(told.toString()) as { [key: string]: string };
  const sums = join(directory, 'go.sum');
  cpSync(join(Dir ?? '', 'go.sum'), sums);
  chmodSync(sums, 0o644);
  appendFileSync(sums, `${Path} ${Version} ${Sum}\n${Path} ${Version}/go.mod ${GoModSum}\n`);
}

function run(command: string, args: readonly string[], cwd: string, more: Record<string, string> = {}): void {
  const { status, error } = spawnSync(command, args, {
    cwd,
    env: { ...environment(), ...more },
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit ${status}`}`);
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ...GO };
}
