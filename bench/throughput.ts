import { median, show, tellSpread } from './figures.js';
import { measureThroughput, pause } from './load.js';
import { startTarget, type Target } from './target.js';

/** A saturated HTTP server, and how much CPU time a request takes of its whole process. */
interface Window {
  readonly rate: number;
  readonly cpuMs: number;
}

const WINDOW_MS = 1000;
const REPORTS_A_SECOND = 10;
const WARM_UP = 3;

/**
 * Requests a second of one process that arms and disarms itself in turns: two processes on two cores differ by more than
 * what is looked for. Each pair gives a ratio; which comes first takes turns, too.
 */
export async function benchThroughput(pairs: number): Promise<void> {
  const target = await startTarget(false);
  await measureThroughput(target.port, WINDOW_MS);
  for (const [name, reports, atLeast] of [
    ['armed', 0, 0.99],
    [`armed, ${REPORTS_A_SECOND} reports a second`, REPORTS_A_SECOND, 0.97],
  ] as const) {
    const rates: number[] = [];
    const costs: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const order = pair % 2 === 0 ? ['plain', 'armed'] : ['armed', 'plain'];
      const seen = new Map<string, Window>();
      for (const state of order) seen.set(state, await measure(target, state === 'armed', reports));
      const [plain, armed] = [seen.get('plain'), seen.get('armed')];
      if (!plain || !armed) continue;
      rates.push(armed.rate / plain.rate);
      costs.push(armed.cpuMs / plain.cpuMs);
    }
    show(`throughput, ${name}, ${pairs} pairs`, `${tellSpread(rates)}; CPU time a request, ${tellSpread(costs)}`, [
      { figure: `throughput ${name} to without`, value: median(rates), atLeast },
    ]);
  }
  target.stop();
}

async function measure(target: Target, armed: boolean, reportsASecond: number): Promise<Window> {
  await target.ask({ kind: armed ? 'arm' : 'disarm' });
  // Work that starting the agent leaves to be done, on either side.
  await pause(200);
  // The first reports of an agent compile its code and learn V8's layout.
  for (let made = 0; armed && reportsASecond > 0 && made < WARM_UP; made += 1) await target.kill();
  const timer = armed && reportsASecond > 0 ? setInterval(() => target.signal(), 1000 / reportsASecond) : undefined;
  const beforeMs = await target.ask({ kind: 'cpu' });
  const { rate, answers } = await measureThroughput(target.port, WINDOW_MS);
  const cpuMs = ((await target.ask({ kind: 'cpu' })) - beforeMs) / answers;
  clearInterval(timer);
  return { rate, cpuMs };
}
