import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stream } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { nodeOf } from '../faults/other-user.js';

export const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
/** The package as its users get it: the built files, by its own name. */
export const REGISTER = import.meta.resolve('guru-meditation/register');
export const CLI = join(PACKAGE, 'dist', 'gmr.cjs');
export const INDEX = import.meta.resolve('guru-meditation');

/** The beginning of an ES module that goes on when the agent listens; `autorun` is what runs. */
export const WHEN_READY = `import { setupAutorun as arm } from ${JSON.stringify(INDEX)}; const autorun = arm(); await autorun.ready;`;

/** Generous: a loaded machine is slow, and nothing here measures time. */
const DEADLINE_MS = 90_000;

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves with the text of stderr once its whole lines match `pattern` `times` times: a last line may be half written. */
  untilStderr(pattern: RegExp, times?: number, deadlineMs?: number): Promise<string>;
  untilStdout(pattern: RegExp): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const started = new Set<ChildProcess>();
const directory = mkdtempSync(join(tmpdir(), 'programs-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
let written = 0;

/** A new one for each process: none sends what another has left, unless that is what is tested. */
export function makeStateDirectory(): string {
  return mkdtempSync(join(directory, 'state-'));
}

export interface StartOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** A descriptor, or a stream that has one. */
  readonly stderr?: number | Stream;
  readonly uid?: number;
  /** Something else than this Node. */
  readonly command?: string;
}

/** Runs Node with these arguments; the environment is bare but for PATH, so that nothing of the caller's is in it. */
export function startNode(args: readonly string[], options: StartOptions = {}): Program {
  if (!existsSync(fileURLToPath(REGISTER))) throw new Error('dist is missing: npm run build');
  const node = options.uid === undefined ? process.execPath : nodeOf(options.uid);
  const child = spawn(options.command ?? node, args, {
    cwd: options.cwd ?? PACKAGE,
    env: {
      PATH: process.env.PATH ?? '',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_TRACES_EXPORTER: 'none',
      XDG_STATE_HOME: makeStateDirectory(),
      ...options.env,
    },
    stdio: ['pipe', 'pipe', options.stderr ?? 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  started.add(child);
  const out = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      out[name] += text;
      changed();
    });
  }
  let over = false;
  let how = '';
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => {
      over = true;
      how = signal ?? `exit code ${code}`;
      started.delete(child);
      resolve({ code, signal });
      changed();
    });
  });
  const until = (name: 'stdout' | 'stderr', pattern: RegExp, times: number, deadlineMs = DEADLINE_MS) =>
    new Promise<string>((resolve, reject) => {
      const all = new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`);
      const tellMissing = () =>
        `${pattern} (${times} times) in ${name}:\n${out[name]}${name === 'stdout' ? `\nstderr:\n${out.stderr}` : ''}`;
      const finish = (error?: Error) => {
        clearTimeout(timer);
        listeners.delete(check);
        if (error) reject(error);
        else resolve(out[name]);
      };
      const check = () => {
        const whole = over ? out[name] : out[name].slice(0, out[name].lastIndexOf('\n') + 1);
        if ([...whole.matchAll(all)].length >= times) finish();
        else if (over) finish(new Error(`ended (${how}) before ${tellMissing()}`));
      };
      const timer = setTimeout(() => finish(new Error(`no ${tellMissing()}`)), deadlineMs);
      listeners.add(check);
      check();
    });
  return {
    child,
    pid: child.pid ?? 0,
    stdout: () => out.stdout,
    stderr: () => out.stderr,
    untilStderr: (pattern, times = 1, deadlineMs?) => until('stderr', pattern, times, deadlineMs),
    untilStdout: (pattern) => until('stdout', pattern, 1),
    kill: (signal = 'SIGUSR1') => void child.kill(signal),
    ended,
  };
}

/** For a program that is asked for one report after the other. */
export const MANY_REPORTS = { GMR_MAX_REPORTS_PER_MINUTE: '1000' };

/**
 * The first report that is right, of those that it is asked for one after the other; after a while the last one. A report that a
 * slow machine has cut is made again.
 * @param ended matches once in each report, behind everything that is looked at
 */
export async function reportUntil(app: Program, ended: RegExp, isRight: (report: string) => boolean): Promise<string> {
  const endMs = performance.now() + DEADLINE_MS;
  let before = app.stderr().length;
  const all = new RegExp(ended.source, `${ended.flags.replace('g', '')}g`);
  for (let number = [...app.stderr().matchAll(all)].length + 1; ; number += 1) {
    app.kill('SIGUSR2');
    const said = await app.untilStderr(ended, number);
    const report = said.slice(before);
    if (isRight(report) || performance.now() > endMs) return report;
    before = said.length;
  }
}

/** The ids of the reports in a text, each once: a supplement names its report again. */
export function idsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/^report = ([0-9a-f]{32})$/gm)].map(([, id]) => id ?? ''))];
}

/** One of test/apps, armed through --import. */
export function startApp(
  name: string,
  options: { args?: readonly string[]; env?: Record<string, string>; flags?: readonly string[] } = {},
): Program {
  const app = fileURLToPath(new URL(`../apps/${name}.mjs`, import.meta.url));
  const env = options.env ? { env: options.env } : {};
  return startNode([...(options.flags ?? []), '--import', REGISTER, app, ...(options.args ?? [])], env);
}

/** A program given as text, an ES module, armed or not. */
export function startText(
  text: string,
  options: { env?: Record<string, string>; flags?: readonly string[]; armed?: boolean } = {},
): Program {
  const armed = options.armed === false ? [] : ['--import', REGISTER];
  const env = options.env ? { env: options.env } : {};
  return startNode([...(options.flags ?? []), ...armed, writeProgram(text)], env);
}

/** A file of its own for a program given as text. */
export function writeProgram(text: string, extension = 'mjs'): string {
  written += 1;
  const file = join(directory, `${written}.${extension}`);
  writeFileSync(file, text);
  return file;
}

/** The lines of a file that are whole: its writer may be in the middle of the last one. */
export function readWholeLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

export function killAll(): void {
  for (const child of started) child.kill('SIGKILL');
}

/** The last line of the last section that every report has. */
export const WHOLE = /^====\s+Runtime\s+====$[\s\S]*?^resource usage/m;
