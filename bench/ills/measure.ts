import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, REGISTER, startNode, WHOLE, writeProgram } from '../../test/process/start.js';
import { pause } from '../load.js';
import type { Sink } from '../sink.js';
import { EXIT_CODE, type Ill, type Setup, writeText } from './ill.js';

/** The outcome of one ill, in milliseconds; undefined: it did not come, or was not asked for. */
export interface Measured {
  readonly textMs: number | undefined;
  readonly deliveredMs: number | undefined;
  /** From the wish to end until the process had ended: armed, armed with a report under way, and without the package. */
  readonly exitMs: { readonly [mode in Mode]: number | undefined };
  /** CPU time in a second, armed and without the package. */
  readonly cpuMs: { readonly armed: number | undefined; readonly bare: number | undefined };
  /** A sentence for each thing that was wrong. */
  readonly wrong: readonly string[];
}

/** A thread of nice 19 beside others has a few hundredths of a CPU: its report is late, and whole. */
const TEXT_MS = 180_000;
/** The bound for each event. */
const WAIT_MS = 30_000;
const SETTLE_MS = 500;
const CPU_WINDOW_MS = 1000;
const TICK_MS = 10;
const KEPT = /: kept in \S+|: kept in memory/;

type Mode = 'armed' | 'reporting' | 'bare';

/** Three programs, one after the other. */
export async function measure(ill: Ill, sink: Sink, root: string): Promise<Measured> {
  const armed = await run(ill, 'armed', sink, root);
  const reporting = await run(ill, 'reporting', sink, root);
  const bare = await run(ill, 'bare', sink, root);
  return {
    textMs: armed.textMs,
    deliveredMs: armed.deliveredMs,
    exitMs: { armed: armed.exitMs, reporting: reporting.exitMs, bare: bare.exitMs },
    cpuMs: { armed: armed.cpuMs, bare: bare.cpuMs },
    wrong: [...armed.wrong, ...reporting.wrong.map((one) => `${one}, with a report under way`), ...bare.wrong],
  };
}

interface Run {
  textMs?: number;
  deliveredMs?: number;
  exitMs?: number;
  cpuMs?: number;
  readonly wrong: string[];
}

async function run(ill: Ill, mode: Mode, sink: Sink, root: string): Promise<Run> {
  const result: Run = { wrong: [] };
  const directory = mkdtempSync(join(root, 'run-'));
  const isArmed = mode !== 'bare';
  const setup = await ill.prepare({ directory, sink, isArmed });
  let program: Program | undefined;
  try {
    program = await start(setup, isArmed, directory, sink);
    await program.untilStdout(/up/);
    await pause(setup.settleMs ?? SETTLE_MS);
    await setup.strike?.(program);
    const sentMs = performance.now();
    if (isArmed) program.kill('SIGUSR2');
    if (mode === 'armed') await readReport(setup, program, sink, sentMs, result);
    if (mode !== 'reporting') result.cpuMs = await readCpu(program.pid);
    await end(setup, program, mode, result);
  } catch (error) {
    result.wrong.push(`${mode}: ${(error as Error).message.slice(0, 600)}`);
  } finally {
    setup.beforeEnd?.();
    program?.kill('SIGKILL');
    if (program) await within(program.ended);
    await setup.undo?.();
  }
  return result;
}

async function start(setup: Setup, isArmed: boolean, directory: string, sink: Sink): Promise<Program> {
  const { isEvaluated, text = writeText(setup) } = setup;
  const flag = isEvaluated ? ['--require', 'guru-meditation/register'] : ['--import', REGISTER];
  const program = isEvaluated ? ['-e', text] : [setup.file ?? writeProgram(text)];
  const args = [...(isArmed ? flag : []), ...program];
  const env = {
    GMR_MAX_REPORTS_PER_MINUTE: '1000',
    XDG_STATE_HOME: directory,
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    ...setup.env,
  };
  return (setup.start ?? startNode)(args, { env });
}

async function readReport(setup: Setup, program: Program, sink: Sink, sentMs: number, result: Run): Promise<void> {
  if (setup.report !== 'none') {
    const said = await program.untilStderr(WHOLE, 1, TEXT_MS);
    result.textMs = performance.now() - sentMs;
    const id = /^report = ([0-9a-f]{32})$/m.exec(said)?.[1] ?? '';
    if (setup.delivery === 'kept') await program.untilStderr(KEPT);
    else {
      const takenMs = await within(sink.untilReport(id));
      if (takenMs === undefined) result.wrong.push('it was not delivered');
      else result.deliveredMs = takenMs - sentMs;
    }
  }
  if (setup.says === undefined || setup.says.test(program.stdout())) return;
  await program.untilStderr(setup.says);
}

async function end(setup: Setup, program: Program, mode: Mode, result: Run): Promise<void> {
  const { end: way = 'exit', exitWord = 'exit' } = setup;
  if (way === 'SIGKILL') return;
  const startMs = performance.now();
  if (way === 'exit') program.child.stdin?.write(exitWord);
  else program.kill(way);
  const ended = await within(program.ended);
  if (ended === undefined) {
    result.wrong.push(`${mode}: it did not end`);
    return;
  }
  result.exitMs = performance.now() - startMs;
  const expected = way === 'exit' ? EXIT_CODE : way;
  const actual = ended.code ?? ended.signal;
  if (actual !== expected) result.wrong.push(`${mode}: it ended with ${actual}, not with ${expected}`);
}

/** Fields 14 and 15 of proc_pid_stat(5). */
function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function readCpu(pid: number): Promise<number> {
  const beforeMs = readCpuMs(pid);
  await pause(CPU_WINDOW_MS);
  return readCpuMs(pid) - beforeMs;
}

/** Undefined after the bound. */
async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, WAIT_MS, undefined);
  });
  try {
    return await Promise.race([promise, bound]);
  } finally {
    clearTimeout(timer);
  }
}
