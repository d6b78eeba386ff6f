import { setTimeout as pause } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { Ask, Item, MainFacts } from '../main-facts.js';
import { ownThreadId } from '../procfs/thread.js';
import type { LateAnswer, MainAnswer, SilentAnswer, WorkerAnswer } from '../sections/sources.js';
import { CpuWatch, PATIENCE } from '../thread-clock.js';
import { CpuDeadline } from './cpu-deadline.js';
import { NOT_JSON, type Outcome, type Question } from './evaluation.js';
import { hookExpression, STACK_EXPRESSION } from './expressions.js';
import { describeUnasked, runItems } from './items.js';
import { followLate } from './late-answers.js';
import {
  awaitMain,
  createMainLooks,
  ENDING,
  isRunning,
  lookAgain,
  MAIN,
  type MainReading,
  readItems,
  readMain,
} from './main-thread.js';
import { addCollecting } from './native-stacks.js';
import { listSeen, lookAtWorkers, tellOff } from './native-workers.js';
import type { ReportSession } from './sessions.js';
import { parseAnswer, tellSilence, tellUnreadable } from './thread-answer.js';
import type { WorkerQuestion, WorkersAsked } from './worker-sessions.js';
import { readWorker, tellUnannounced, type WorkerReading } from './worker-threads.js';

/** Milliseconds in which a thread that can answer mostly does so. */
const EARLY_MS = 3;
/** Workers of one report that are looked at again and again: fifty workers that start at the same time all burn CPU. */
const MAX_LOOKED_AT = 4;

/** The answers of the main thread and the other workers, for one report. */
export interface ThreadAnswers {
  readonly main: MainAnswer;
  readonly workers: readonly WorkerAnswer[];
  readonly items: readonly Item[];
  /** A sentence for each thing that had to be done in another way. */
  readonly notes: readonly string[];
}

export interface ReadOptions extends MainReading {
  /** The reason why the inspector cannot be used. */
  readonly inspectorDenied: string | undefined;
  /** Asks by message if the inspector is denied; undefined past the deadline. */
  askByMessage(ask: Ask, deadlineMs: number): Promise<string | undefined>;
  /** Runs while the answers are on their way. */
  meanwhile(glance: () => void): void;
  /** Gets the answers that threads give after the deadline. */
  onLate(answer: LateAnswer): void;
}

/** Reads main and the workers through the inspector; without an inspector, main alone by message. */
export async function readThreads(options: ReadOptions): Promise<ThreadAnswers> {
  if (options.inspectorDenied) return readByMessage(options, options.inspectorDenied);
  if (options.shared.exiting() === 'last') {
    const ended = silent(ENDING.why, options);
    return { ...ended, main: { ...ended.main, ...ENDING } };
  }
  let held: ReportSession;
  try {
    held = options.sessions.open();
  } catch (error) {
    return readByMessage(options, `the inspector cannot be used (${(error as Error).message})`);
  }
  let kept = false;
  try {
    const { answers, follow } = await readBySession(held, options);
    kept = follow !== undefined && options.shared.exiting() === 'no';
    if (kept) follow?.();
    return answers;
  } finally {
    if (!kept) held.release();
  }
}

interface Read {
  readonly answers: ThreadAnswers;
  /** Waits for the answers that did not come in time; absent if all came. */
  readonly follow?: () => void;
}

async function readBySession(held: ReportSession, reading: ReadOptions): Promise<Read> {
  const options = { ...reading, mayLook: limitLooks() };
  const { deadlineMs, report } = options;
  const { session } = held;
  const { owed } = options.sessions;
  const sinceMs = performance.now();
  const before = owed.get(MAIN);
  const owing = [...owed].filter(([id]) => id !== MAIN).map(([id, { name, question }]) => ({ id, name, question }));
  const question = before?.question ?? session.ask(hookExpression({ kind: 'facts', report }), deadlineMs * PATIENCE);
  const workers = session.askWorkers(STACK_EXPRESSION, (id) => id === threadId || owed.has(id));
  const cpu = new CpuWatch(ownThreadId());
  const ask = (request: Ask) => {
    const boundMs = deadlineMs * cpu.stretch();
    return session.ask(hookExpression(request), boundMs).within(boundMs * 2);
  };
  const looks = createMainLooks(ask, deadlineMs);
  // A thread that runs JavaScript has answered by then; the agent's other work fills the time between two looks.
  const early = await Promise.race([question.answer, pause(EARLY_MS, undefined, { ref: false })]);
  const answered = early && (await readMain(session, early, options));
  options.meanwhile(answered && isRunning(answered) ? looks.glance : () => {});
  const workersRead = new CpuDeadline(process.pid, deadlineMs)
    .answer(workers.announced)
    .then(() => Promise.all([...owing, ...workers.asked].map((asked) => readWorker(asked, deadlineMs, options))));
  const main = answered ?? (await awaitMain(session, question, options));
  const again = lookAgain(main, looks, {
    ask,
    profile: (ms) => session.profile(ms),
    queued: () => options.natives.listImmediates(process.pid),
    deadlineMs,
  });
  const items = await readItems(main, ask, options);
  const read = { main: await again, workers: await workersRead };
  const lookedAt = await lookAtWorkers(read.workers, options.natives);
  const notes = [...tellOff([read.main, ...lookedAt]), ...tellUnannounced(main, lookedAt, options)];
  const answers = { ...read, workers: lookedAt, items, notes };
  const isSilent = ({ id }: WorkerQuestion) => answers.workers.some((one) => one.id === id && !one.stack);
  const silent = workers.asked.filter(isSilent);
  const owesMain = main.kind === 'silent' && before === undefined;
  if (!owesMain && silent.length === 0) return { answers };
  const unanswered: Unanswered = { answers, sinceMs, workers, silent, ...(owesMain ? { question } : {}) };
  return { answers, follow: () => follow(held, unanswered, options) };
}

function limitLooks(): () => boolean {
  let looked = 0;
  return () => {
    looked += 1;
    return looked <= MAX_LOOKED_AT;
  };
}

/** The questions of a report that were not answered in time. */
interface Unanswered {
  readonly answers: ThreadAnswers;
  readonly sinceMs: number;
  readonly workers: WorkersAsked;
  readonly silent: readonly WorkerQuestion[];
  /** Main's, if it has not answered it. */
  readonly question?: Question;
}

/** Waits for the answers. The next report does not ask the same threads again. */
function follow(held: ReportSession, unanswered: Unanswered, options: ReadOptions & WorkerReading): void {
  const { answers, sinceMs, workers, silent, question } = unanswered;
  const { deadlineMs, report } = options;
  const { owed } = options.sessions;
  const add = (asked: WorkerQuestion) => {
    const since = { report, name: asked.name, sinceMs, question: asked.question };
    owed.set(asked.id, since);
    void asked.question.answer.then(() => owed.get(asked.id) === since && owed.delete(asked.id));
  };
  held.keep();
  if (question) add({ id: MAIN, name: 'main', question });
  for (const asked of silent) add(asked);
  void followLate(held, {
    report,
    sinceMs,
    deadlineMs,
    workers,
    silent,
    seen: listSeen(answers.main, answers.workers),
    read: (asked: WorkerQuestion, withinMs: number) => readWorker(asked, withinMs, options),
    onAnswer: options.onLate,
    ...(question ? { main: question.answer.then((said) => readMain(held.session, said, options)) } : {}),
  });
}

async function readByMessage(options: ReadOptions, reason: string): Promise<ThreadAnswers> {
  const note = `${reason}: stacks cannot be read, and main answers from its event loop only`;
  const asked = options.askByMessage({ kind: 'facts', report: options.report }, options.deadlineMs);
  options.meanwhile(() => {});
  const json = await asked;
  if (json === undefined) {
    const why = tellSilence(MAIN, options);
    const look = await addCollecting(options.natives.look(process.pid), process.pid, options.natives);
    const main: MainAnswer = { kind: 'silent', why, look };
    const items = describeUnasked(options.shared.registered(), `the main thread ${why}`);
    return { ...silent(why, undefined), main, items, notes: [note, ...tellOff([main])] };
  }
  const facts = parseAnswer<MainFacts>(json);
  if (!facts) return { ...silent(tellUnreadable(NOT_JSON), undefined), notes: [note] };
  const ask = async (request: Ask): Promise<Outcome> => {
    const answer = await options.askByMessage(request, options.deadlineMs * 2);
    return answer === undefined ? { kind: 'silent' } : { kind: 'answered', json: answer };
  };
  const items = facts.registered > 0 ? await runItems(ask, options) : [];
  return { main: { kind: 'facts', facts, interrupted: false }, workers: [], items, notes: [note] };
}

function silent(why: string, options: ReadOptions | undefined): ThreadAnswers & { readonly main: SilentAnswer } {
  options?.meanwhile(() => {});
  const look = options && { look: options.natives.look(process.pid) };
  return { main: { kind: 'silent', why, ...look }, workers: [], items: [], notes: [] };
}
