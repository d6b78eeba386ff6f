import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { INDEX, type Program, REGISTER, startNode } from '../process/start.js';
import type { Stack } from './stack.js';

/** A report as its process printed it, and how many records and spans it said were taken. */
export interface Printed {
  readonly id: string;
  readonly text: string;
  readonly records: number;
  readonly spans: number;
}

const directory = mkdtempSync(join(tmpdir(), 'services-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

const TAKEN = /^gmr ([0-9a-f]{32}): \S+ took (\d+) log records/m;
/** In the same line where the same became of both. */
const SPANS_TAKEN = /^gmr ([0-9a-f]{32}): (?:\S+ took \d+ log records; )?\S+ took (\d+) spans/m;
const BANNER = '\n====                        Guru Meditation';

/** How a service's main thread is held, without the machine being held too. */
const HOLDS = {
  idle: '',
  /** A wait in the inspector's reach. */
  waitForStock: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000);',
  waitForLock: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000);',
  /** A system call that only a writer would end. */
  readPipe: 'readFileSync(pipe);',
} as const;

export type Hold = keyof typeof HOLDS;

/** A service that says `up` when its agent listens, and is then held for good in a function of that name. */
export function startService(
  stack: Stack,
  service: string,
  hold: Hold,
  { before = '', env = {} }: { before?: string; env?: Record<string, string> } = {},
): Program {
  const text = `
    import { execFileSync } from 'node:child_process';
    import { readFileSync, writeSync } from 'node:fs';
    import { registerSection, setupAutorun } from ${JSON.stringify(INDEX)};
    const pipe = process.env.XDG_STATE_HOME + '/pipe';
    execFileSync('mkfifo', [pipe]);
    function ${hold}() { ${HOLDS[hold]} }
    setInterval(() => {}, 60_000);
    ${before}
    await setupAutorun().ready;
    writeSync(1, 'up\\n');
    ${hold}();`;
  // The same program is the same file: its places distinguish a stack from another.
  const file = join(directory, `${createHash('sha256').update(text).digest('hex').slice(0, 8)}.mjs`);
  // Written once: a process that starts meanwhile would read an empty program, and end.
  if (!existsSync(file)) writeFileSync(file, text);
  // On a machine that stands still for a moment, an answer would follow as a record more.
  const patience = hold === 'readPipe' ? {} : { GMR_DEADLINE_MS: '60000' };
  return startNode(['--import', REGISTER, file], { env: { ...senderOf(stack, service), ...patience, ...env } });
}

/** Of a main thread that was blocked a moment ago no report says for how long. */
const BLOCKED_MS = 1000;

/** Kills it once it is up and has been held for a while, and waits until the collector has taken the report. */
export async function report(program: Program, count = 1): Promise<Printed> {
  await program.untilStdout(/up/);
  await pause(BLOCKED_MS);
  program.kill();
  return untilTaken(program, count);
}

/** The last of `count` reports in what a process has printed, once the collector has taken it. */
export async function untilTaken(program: Program, count = 1): Promise<Printed> {
  await program.untilStderr(TAKEN, count);
  const stderr = await program.untilStderr(SPANS_TAKEN, count);
  const [, id = '', records = ''] = findAll(stderr, TAKEN)[count - 1] ?? [];
  const [, , spans = ''] = findAll(stderr, SPANS_TAKEN).find(([, of]) => of === id) ?? [];
  const banner = stderr.lastIndexOf(BANNER, stderr.indexOf(`report = ${id}`));
  const start = stderr.lastIndexOf('\n', banner - 1) + 1;
  // Behind it stands what became of it, perhaps in more than one line.
  const text = stderr.slice(start, stderr.indexOf(`gmr ${id}: `));
  return { id, records: Number(records), spans: Number(spans), text };
}

function findAll(text: string, pattern: RegExp): RegExpExecArray[] {
  return [...text.matchAll(new RegExp(pattern.source, 'gm'))];
}

/**
 * The report of one that an uncaught exception ends. It has some seconds to be sent, and waits on disk after that: a machine
 * under load gets another try.
 */
export async function reportCrash(stack: Stack, service: string, tries = 4): Promise<Printed> {
  const program = startService(stack, service, 'idle', {
    env: { GMR_CRASH: 'true' },
    before: "setTimeout(() => { throw new TypeError('no such template'); }, 2000);",
  });
  try {
    return await untilTaken(program);
  } catch (error) {
    if (tries <= 1) throw error;
    return reportCrash(stack, service, tries - 1);
  }
}

/** Main's state by the report's header, without its duration. */
export function mainOf(text: string): string {
  return /^main = (.*?)(?: for \d.*)?$/m.exec(text)?.[1] ?? '';
}

export function senderOf(stack: Stack, service: string): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpUrl,
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'otlp',
  };
}
