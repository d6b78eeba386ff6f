/**
 * Trouble by trouble: does the first report of a process say its state, since when, and its culprit; how long to the text and
 * to a collector. One Node line a run: `npm run troubles`. Ends with 1 if a row is wrong.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from './load.js';
import { openSink } from './sink.js';
import { TROUBLES, type Trouble } from './troubles.js';
import { untilPrinted } from './until-printed.js';

const SETTLE_MS = 1000;
/** A state that lasts is told to a tenth of a second, and is entered some time after `up`: a child has to be started. */
const TOLERANCE_MS = 600;
/** The bound for one row. */
const WAIT_MS = 60_000;

const directory = mkdtempSync(join(tmpdir(), 'states-'));
const fifo = join(directory, 'fifo');
execFileSync('mkfifo', [fifo]);
const collector = await openSink();
const app = fileURLToPath(new URL('../../test/apps/states.mjs', import.meta.url));
const register = new URL('../../dist/esm/register.js', import.meta.url).href;

const only = process.argv.slice(2);
const chosen = TROUBLES.filter(({ state, title }) => only.length === 0 || only.includes(title ?? state));
console.log(`| node ${process.version} | says | since, s (true) | culprit | to text, ms | to collector, ms | |`);
console.log('|---|---|---|---|---|---|---|');
let wrong = 0;
for (const trouble of chosen) if (!(await examine(trouble))) wrong += 1;
console.log(`\n${chosen.length - wrong} of ${chosen.length} right`);
collector.close();
rmSync(directory, { recursive: true });
process.exitCode = wrong === 0 ? 0 : 1;

/** Whether the report was right. */
async function examine(trouble: Trouble): Promise<boolean> {
  const { state, title = state, says, culprits = [], never, lasts, settleMs = SETTLE_MS } = trouble;
  const ofWorker = state.startsWith('worker:');
  const neighbours = Array.from({ length: trouble.busy ?? 0 }, () => spawn(process.execPath, ['-e', 'for (;;);']));
  const child = start(trouble, title);
  try {
    const { text, textMs, takenMs, trueMs } = await ask(child, state, trouble.env?.AT_ONCE ? 0 : settleMs);
    const said = readState(text, ofWorker);
    const duration = /(?:^| )for ([\d.]+) s$/.exec(said)?.[1];
    const sinceMs = duration === undefined ? undefined : Number(duration) * 1000;
    // How long a worker has slept is not told where the clocks of two CPUs differ too much.
    const mayBeUnknown = !lasts || (ofWorker && /in native code/.test(said));
    const isSince = sinceMs === undefined ? mayBeUnknown : isNear(sinceMs, trueMs, textMs);
    const isNamed = culprits.every((culprit) => culprit.test(text)) && !never?.test(text);
    // Main has no part in what its worker does.
    const isWhole = !ofWorker || readState(text, false) === 'idle';
    const right = says.test(said) && isWhole && isSince && isNamed;
    const since = lasts ? `${duration ?? 'not said'} (${(trueMs / 1000).toFixed(1)})` : (duration ?? '');
    const cells = [title, said || 'nothing', since, isNamed ? 'named' : 'not named', showMs(textMs), showMs(takenMs)];
    console.log(`| ${[...cells, right ? 'right' : 'WRONG'].join(' | ')} |`);
    return right;
  } finally {
    child.kill('SIGKILL');
    for (const neighbour of neighbours) neighbour.kill('SIGKILL');
  }
}

/** The report speaks of a moment between the signal and its text, to a tenth of a second. */
function isNear(sinceMs: number, trueMs: number, textMs: number): boolean {
  return sinceMs > trueMs - TOLERANCE_MS && sinceMs < trueMs + textMs + 100;
}

function showMs(ms: number): string {
  return Number.isNaN(ms) ? 'none' : ms.toFixed(0);
}

/** Of main, or of the worker. */
function readState(text: string, ofWorker: boolean): string {
  const pattern = ofWorker ? /^name = stuck\nstate = (.*)$/m : /^main = (.*)$/m;
  return pattern.exec(text)?.[1] ?? '';
}

function start({ state, env }: Trouble, title: string): ChildProcess {
  return spawn(process.execPath, ['--import', register, app, state], {
    env: {
      PATH: process.env.PATH,
      // Each thread by its name: the text counts alike ones together.
      GMR_FORMAT: 'full',
      // Its own: a report that a process before it has left is not to be taken for this one's.
      GMR_SPOOL_DIR: join(directory, `spool ${title}`),
      FIFO: fifo,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      ...env,
    },
  });
}

interface Asked {
  readonly text: string;
  readonly textMs: number;
  readonly takenMs: number;
  /** How long the program had been in its state at the signal. */
  readonly trueMs: number;
}

async function ask(child: ChildProcess, state: string, settleMs: number): Promise<Asked> {
  let text = '';
  const printed = new Promise<number>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      // The verdict, behind the report.
      if (/^gmr [0-9a-f]{32}: .*\n/m.test(text)) resolve(performance.now());
    });
  });
  const taken = collector.untilTaken();
  // By the program's own clock: this process may hear of it late.
  const upAt = Number(await untilPrinted(child, /^up (\d+)\n/m));
  await pause(settleMs);
  const trueMs = Date.now() - upAt;
  const startMs = performance.now();
  child.kill('SIGUSR2');
  // A signal that comes before the agent listens is survived, and answered with the next.
  const again = settleMs === 0 ? setInterval(() => child.kill('SIGUSR2'), 50) : undefined;
  const bound = pause(WAIT_MS).then(() => Number.NaN);
  const textMs = (await Promise.race([printed, bound])) - startMs;
  clearInterval(again);
  const takenMs = state === 'ending' ? Number.NaN : (await Promise.race([taken, bound])) - startMs;
  return { text, textMs, takenMs, trueMs };
}
