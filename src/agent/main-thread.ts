import { setTimeout as pause } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { Counters } from '../counters.js';
import type { Captured } from '../main/capture.js';
import { readThreadState } from '../procfs/thread.js';
import type { Ask, Item, Look, MainFacts } from '../protocol.js';
import { hookExpression, STACK_EXPRESSION } from './expressions.js';
import type { MainSession, Outcome, WorkerQuestion } from './inspector.js';
import { describeUnasked, runItems } from './items.js';
import { followLate, type LateAnswer } from './late.js';
import type { Held, Sessions } from './sessions.js';
import { createLooks, type Looks } from './steady-frames.js';

/** Node's thread id. */
const MAIN = 0;
/** Milliseconds in which a thread that can answer does so, mostly. */
const EARLY_MS = 3;

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
  meanwhile(glance: () => void): void;
  readonly sessions: Sessions;
  /** Gets what a thread answers when the deadline has passed. */
  onLate(answer: LateAnswer): void;
}

/** Reads main and the workers through the inspector, or main alone by message where there is none. */
export async function readThreads(options: ReadOptions): Promise<ThreadAnswers> {
  if (options.inspectorDenied) return readByMessage(options, options.inspectorDenied);
  if (options.counters.exiting() === 'last') return silent('the process is ending', options);
  let held: Held;
  try {
    held = options.sessions.open();
  } catch (error) {
    return readByMessage(options, `the inspector cannot be used (${(error as Error).message})`);
  }
  let kept = false;
  try {
    const { answers, follow } = await readBySession(held, options);
    kept = follow !== undefined && options.counters.exiting() === 'no';
    if (kept) follow?.();
    return answers;
  } finally {
    if (!kept) held.release();
  }
}

interface Read {
  readonly answers: ThreadAnswers;
  /** Waits for what did not come in time; absent where all did. */
  readonly follow?: () => void;
}

async function readBySession(held: Held, options: ReadOptions): Promise<Read> {
  const { deadlineMs, report } = options;
  const { session } = held;
  const { owed } = options.sessions;
  const sinceMs = performance.now();
  const before = owed.get(MAIN);
  const owing = [...owed].filter(([id]) => id !== MAIN).map(([id, { name, question }]) => ({ id, name, question }));
  const question = before?.question ?? session.ask(hookExpression({ kind: 'facts', report }), deadlineMs);
  const workers = session.askWorkers(STACK_EXPRESSION, (id) => id === threadId || owed.has(id));
  const ask = (request: Ask) => session.ask(hookExpression(request), deadlineMs).within(deadlineMs * 2);
  const looks = createMainLooks(ask, deadlineMs);
  // Whoever runs JavaScript has answered by then; what the agent has to do anyway is the time between two looks.
  const early = await Promise.race([question.answer, pause(EARLY_MS, undefined, { ref: false })]);
  const answered = early && (await readMain(session, early, options));
  options.meanwhile(answered && isRunning(answered) ? looks.glance : () => {});
  const workersRead = workers.announced
    .within(deadlineMs)
    .then(() => Promise.all([...owing, ...workers.asked].map((asked) => readWorker(asked, deadlineMs, options))));
  const main = answered ?? (await readMain(session, await question.within(deadlineMs), options));
  const again = lookAgain(main, looks);
  const items = await readItems(main, ask, options);
  const answers = { main: await again, workers: await workersRead, items, notes: [] };
  const isSilent = ({ id }: WorkerQuestion) => answers.workers.some((one) => one.id === id && !one.stack);
  const silent = workers.asked.filter(isSilent);
  const owesMain = main.kind === 'silent' && before === undefined;
  if (!owesMain && silent.length === 0) return { answers };
  const add = (asked: WorkerQuestion) => {
    const since = { report, name: asked.name, sinceMs, question: asked.question };
    owed.set(asked.id, since);
    void asked.question.answer.then(() => owed.get(asked.id) === since && owed.delete(asked.id));
  };
  const follow = () => {
    held.keep();
    if (owesMain) add({ id: MAIN, name: 'main', question });
    for (const asked of silent) add(asked);
    const late = {
      report,
      sinceMs,
      deadlineMs,
      workers,
      silent,
      read: (asked: WorkerQuestion, withinMs: number) => readWorker(asked, withinMs, options),
      onAnswer: options.onLate,
    };
    void followLate(
      held,
      owesMain ? { ...late, main: question.answer.then((said) => readMain(session, said, options)) } : late,
    );
  };
  return { answers, follow };
}

async function readMain(session: MainSession, outcome: Outcome, options: ReadOptions): Promise<MainAnswer> {
  const facts = outcome.kind === 'answered' ? parseAnswer<MainFacts>(outcome.json) : undefined;
  if (facts) return { kind: 'facts', facts, interrupted: true };
  if (outcome.kind === 'silent') return { kind: 'silent', why: tellSilence(MAIN, options) };
  const error = outcome.kind === 'threw' ? outcome.error.split('\n')[0] : NOT_JSON;
  const why = outcome.kind === 'stopped' ? 'the collect hook was stopped' : `the collect hook failed (${error})`;
  const again = await session.ask(STACK_EXPRESSION, options.deadlineMs).within(options.deadlineMs);
  const stack = again.kind === 'answered' ? parseAnswer<StackAnswer>(again.json) : undefined;
  if (stack) return { kind: 'stack', stack, why };
  return { kind: 'silent', why };
}

const NOT_JSON = 'the program has changed what becomes JSON';

/** Undefined where a program's `toJSON`, or a worker's `JSON.stringify`, has made something else of it. */
function parseAnswer<T extends Pick<Captured, 'frames'>>(json: string): T | undefined {
  try {
    const answer = JSON.parse(json) as T | null;
    return Array.isArray(answer?.frames) ? (answer as T) : undefined;
  } catch {
    return undefined;
  }
}

function createMainLooks(ask: (request: Ask) => Promise<Outcome>, deadlineMs: number): Looks {
  return createLooks({
    async look() {
      const outcome = await ask({ kind: 'frames' });
      return outcome.kind === 'answered' ? parseAnswer<Look>(outcome.json) : undefined;
    },
    wantsCpu: () => readThreadState(process.pid) === 'running',
    deadlineMs,
  });
}

/** What main is stuck in, if it is: see steady-frames.ts. */
async function lookAgain(main: MainAnswer, looks: Looks): Promise<MainAnswer> {
  return isRunning(main) ? { ...main, steady: await looks.count(main.facts.frames) } : main;
}

function isRunning(main: MainAnswer): main is Extract<MainAnswer, { kind: 'facts' }> {
  return main.kind === 'facts' && main.facts.frames.length > 0 && !main.facts.deeper;
}

async function readItems(
  main: MainAnswer,
  ask: (request: Ask) => Promise<Outcome>,
  options: ReadOptions,
): Promise<readonly Item[]> {
  if (main.kind === 'facts') return main.facts.registered > 0 ? runItems(ask, options) : [];
  return describeUnasked(
    options.counters.registered(),
    main.kind === 'silent' ? main.why : `lacks its hook: ${main.why}`,
  );
}

async function readWorker(asked: WorkerQuestion, withinMs: number, options: ReadOptions): Promise<WorkerAnswer> {
  const { id, name } = asked;
  const outcome = await asked.question.within(withinMs);
  const stack = outcome.kind === 'answered' ? parseAnswer<StackAnswer>(outcome.json) : undefined;
  if (stack) return { id, name, stack };
  if (outcome.kind === 'answered') return { id, name, why: NOT_JSON };
  return { id, name, why: outcome.kind === 'threw' ? outcome.error : tellSilence(id, options) };
}

async function readByMessage(options: ReadOptions, reason: string): Promise<ThreadAnswers> {
  const note = `${reason}: stacks cannot be read, and main answers from its event loop only`;
  const asked = options.askByMessage({ kind: 'facts', report: options.report }, options.deadlineMs);
  options.meanwhile(() => {});
  const json = await asked;
  if (json === undefined) {
    const why = tellSilence(MAIN, options);
    return { ...silent(why, undefined), items: describeUnasked(options.counters.registered(), why), notes: [note] };
  }
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
  options?.meanwhile(() => {});
  return { main: { kind: 'silent', why }, workers: [], items: [], notes: [] };
}

/** Its one answer goes to the report that asked first. */
function tellSilence(id: number, { deadlineMs, sessions }: ReadOptions): string {
  const before = sessions.owed.get(id);
  const words = `did not answer in ${deadlineMs} ms`;
  if (!before) return words;
  const seconds = ((performance.now() - before.sinceMs) / 1000).toFixed(1);
  return `${words}; it has owed report ${before.report} an answer for ${seconds} s: that gets it as a supplement`;
}
