import { threadId } from 'node:worker_threads';
import type { Counters } from '../counters.js';
import type { RawFrame } from '../frames/raw.js';
import type { Captured } from '../main/capture.js';
import { readScheduledMs, readThreadState } from '../procfs/thread.js';
import type { Ask, Item, ItemsAnswer, MainFacts } from '../protocol.js';
import { hookExpression, STACK_EXPRESSION } from './expressions.js';
import { type MainSession, type Outcome, openMainSession } from './inspector.js';
import { countSteadyFrames } from './steady-frames.js';

/** What could be had of the main thread and the other workers, for one report. */
export interface ThreadAnswers {
  readonly main: MainAnswer;
  readonly workers: readonly WorkerAnswer[];
  readonly items: readonly Item[];
  /** What had to be done another way, a sentence each. */
  readonly notes: readonly string[];
}

export type StackAnswer = Captured & { readonly osId?: number };

export type MainAnswer =
  /** `steady`: how many of the outermost calls stayed while it was looked at again. */
  | { readonly kind: 'facts'; readonly facts: MainFacts; readonly interrupted: boolean; readonly steady?: number }
  | { readonly kind: 'stack'; readonly stack: StackAnswer; readonly why: string }
  | { readonly kind: 'silent'; readonly why: string };

export interface WorkerAnswer {
  readonly id: number;
  readonly name: string;
  readonly stack?: StackAnswer;
  readonly why?: string;
}

export interface ReadOptions {
  readonly report: string;
  readonly deadlineMs: number;
  readonly counters: Counters;
  /** Why there is no inspector to ask. */
  readonly inspectorDenied: string | undefined;
  /** Asks by message, where the inspector is denied; undefined past the deadline. */
  askByMessage(ask: Ask, deadlineMs: number): Promise<string | undefined>;
  /** Runs while the answers are on their way. */
  meanwhile(): void;
  /** Is handed what lets go of main at once, when the process ends. */
  onConnected(release: () => void): void;
}

/** Reads main and the workers through the inspector, or main alone by message where there is none. */
export async function readThreads(options: ReadOptions): Promise<ThreadAnswers> {
  if (options.inspectorDenied) return readByMessage(options, options.inspectorDenied);
  if (options.counters.exiting() === 'last') return silent('the process is ending', options);
  let session: MainSession;
  options.counters.setConnected(true);
  try {
    session = openMainSession();
  } catch (error) {
    options.counters.setConnected(false);
    return readByMessage(options, `the inspector cannot be used (${(error as Error).message})`);
  }
  const release = () => {
    session.close();
    options.counters.setConnected(false);
  };
  options.onConnected(release);
  try {
    return await readBySession(session, options);
  } finally {
    // Connected at the end of the process, it would hold that up.
    release();
  }
}

async function readBySession(session: MainSession, options: ReadOptions): Promise<ThreadAnswers> {
  const { deadlineMs } = options;
  const asked = session.evaluate(hookExpression({ kind: 'facts' }), deadlineMs, deadlineMs);
  const workersAsked = session.evaluateInWorkers(STACK_EXPRESSION, deadlineMs, threadId);
  options.meanwhile();
  const outcome = await asked;
  const ask = (request: Ask) => session.evaluate(hookExpression(request), deadlineMs * 2, deadlineMs);
  const main = await readMain(session, outcome, options);
  const again = lookAgain(main, ask, deadlineMs);
  const registered = main.kind === 'facts' ? main.facts.registered : 0;
  const items = registered > 0 ? await runItems(ask, options) : [];
  const workers = (await workersAsked).map(({ id, name, outcome: said }) => ({
    id,
    name,
    ...readWorker(said, deadlineMs),
  }));
  return { main: await again, workers, items, notes: [] };
}

async function readMain(session: MainSession, outcome: Outcome, options: ReadOptions): Promise<MainAnswer> {
  const facts = outcome.kind === 'answered' ? parseAnswer<MainFacts>(outcome.json) : undefined;
  if (facts) return { kind: 'facts', facts, interrupted: true };
  if (outcome.kind === 'silent') return { kind: 'silent', why: tellSilence(options.deadlineMs) };
  const error = outcome.kind === 'threw' ? outcome.error.split('\n')[0] : NOT_JSON;
  const why = outcome.kind === 'stopped' ? 'the collect hook was stopped' : `the collect hook failed (${error})`;
  const again = await session.evaluate(STACK_EXPRESSION, options.deadlineMs, options.deadlineMs);
  const stack = again.kind === 'answered' ? parseAnswer<StackAnswer>(again.json) : undefined;
  if (stack) return { kind: 'stack', stack, why };
  return { kind: 'silent', why };
}

const NOT_JSON = 'the program has changed what becomes JSON';

/** Undefined where a program's `toJSON` has made something else of it. */
function parseAnswer<T extends Captured>(json: string): T | undefined {
  const answer = JSON.parse(json) as T | null;
  return Array.isArray(answer?.frames) ? (answer as T) : undefined;
}

/** What main is stuck in, if it is: see steady-frames.ts. */
async function lookAgain(
  main: MainAnswer,
  ask: (request: Ask) => Promise<Outcome>,
  deadlineMs: number,
): Promise<MainAnswer> {
  if (main.kind !== 'facts' || main.facts.frames.length === 0 || main.facts.deeper) return main;
  const steady = await countSteadyFrames(main.facts.frames, {
    async look() {
      const outcome = await ask({ kind: 'frames' });
      return outcome.kind === 'answered' ? (JSON.parse(outcome.json) as RawFrame[]) : undefined;
    },
    readCpuMs: () => readScheduledMs(process.pid),
    wantsCpu: () => readThreadState(process.pid) === 'running',
    deadlineMs,
  });
  return { ...main, steady };
}

/** Runs what is registered: main may need several goes, and one that does not return is stopped and passed by. */
async function runItems(ask: (request: Ask) => Promise<Outcome>, options: ReadOptions): Promise<readonly Item[]> {
  const items: Item[] = [];
  let from: number | 'resume' | undefined = 0;
  // A generator may register another: the bound is for that.
  for (let goes = 0; from !== undefined && goes < 1000; goes += 1) {
    const outcome: Outcome = await ask({
      kind: 'items',
      report: options.report,
      from,
      budgetMs: options.deadlineMs / 2,
    });
    if (outcome.kind === 'answered') {
      const answer = JSON.parse(outcome.json) as ItemsAnswer;
      items.push(...answer.items);
      from = answer.next;
    } else if (outcome.kind === 'silent') {
      return [...items, describeUnanswered(items.length, options.deadlineMs * 2)];
    } else {
      from = 'resume';
    }
  }
  return items;
}

function describeUnanswered(index: number, waitedMs: number): Item {
  const now = Date.now();
  const error = `a registered generator entered native code and did not return in ${waitedMs} ms; it and those after it are missing`;
  return {
    index,
    kind: 'section',
    title: 'Registered sections',
    status: 'timed_out',
    startMs: now - waitedMs,
    endMs: now,
    error,
  };
}

function readWorker(outcome: Outcome, deadlineMs: number): { stack?: StackAnswer; why?: string } {
  const stack = outcome.kind === 'answered' ? parseAnswer<StackAnswer>(outcome.json) : undefined;
  if (stack) return { stack };
  if (outcome.kind === 'threw') return { why: outcome.error };
  return { why: outcome.kind === 'silent' ? tellSilence(deadlineMs) : NOT_JSON };
}

async function readByMessage(options: ReadOptions, reason: string): Promise<ThreadAnswers> {
  const note = `${reason}: stacks cannot be read, and main answers from its event loop only`;
  const asked = options.askByMessage({ kind: 'facts' }, options.deadlineMs);
  options.meanwhile();
  const json = await asked;
  if (json === undefined) return { ...silent(tellSilence(options.deadlineMs), undefined), notes: [note] };
  const facts = parseAnswer<MainFacts>(json);
  if (!facts) return { ...silent(NOT_JSON, undefined), notes: [note] };
  const ask = async (request: Ask): Promise<Outcome> => {
    const answer = await options.askByMessage(request, options.deadlineMs * 2);
    return answer === undefined ? { kind: 'silent' } : { kind: 'answered', json: answer };
  };
  const items = facts.registered > 0 ? await runItems(ask, options) : [];
  return { main: { kind: 'facts', facts, interrupted: false }, workers: [], items, notes: [note] };
}

function silent(why: string, options: ReadOptions | undefined): ThreadAnswers {
  options?.meanwhile();
  return { main: { kind: 'silent', why }, workers: [], items: [], notes: [] };
}

function tellSilence(deadlineMs: number): string {
  return `did not answer in ${deadlineMs} ms`;
}
