import type { Session } from 'node:inspector';

/** What came of an evaluation: its JSON, what it threw, that it was stopped, or nothing in time. */
export type Outcome =
  | { readonly kind: 'answered'; readonly json: string }
  | { readonly kind: 'threw'; readonly error: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'silent' };

/** What a thread was asked; it stays asked past any deadline: a native call that returns lets it answer after all. */
export interface Question {
  /** What it has answered by then, else silent. */
  within(deadlineMs: number): Promise<Outcome>;
  /** What it answers, however late; silent once the thread or the session has ended. */
  readonly answer: Promise<Outcome>;
}

export interface WorkerQuestion {
  /** Node's thread id. */
  readonly id: number;
  readonly name: string;
  readonly question: Question;
}

export interface WorkersAsked {
  /** Main announces the workers, and cannot while it is in native code. */
  readonly announced: Question;
  /** Those that have been announced. */
  readonly asked: readonly WorkerQuestion[];
}

export interface MainSession {
  /** Runs on top of whatever the main thread is doing; stopped there after `stopMs`. */
  ask(expression: string, stopMs?: number): Question;
  /** Runs the same in every worker thread but those to be skipped. */
  askWorkers(expression: string, skip: (id: number) => boolean): WorkersAsked;
  /** What is still awaited then counts as silent. */
  close(): void;
}

interface Evaluated {
  result?: { value?: unknown };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

type Done = (outcome: Outcome) => void;
type Start = (post: (done: Done) => void) => Question;

const SILENT: Outcome = { kind: 'silent' };

/** Opens no port, enables no debugger: nothing is slower for it. To be closed when nothing is awaited any more. */
export function openMainSession(): MainSession {
  // Not imported: a Node that is built without an inspector has no such module.
  const session: Session = new (process.getBuiltinModule('node:inspector').Session)();
  session.connectToMainThread();
  const pending = new Set<Done>();
  let listening = false;
  let closed = false;
  const start: Start = (post) => {
    const answer = new Promise<Outcome>((resolve) => {
      const done = (outcome: Outcome) => {
        pending.delete(done);
        resolve(outcome);
      };
      pending.add(done);
      try {
        post(done);
      } catch {
        // The session was closed meanwhile.
        done(SILENT);
      }
    });
    return { answer, within: (deadlineMs) => raceDeadline(answer, deadlineMs) };
  };
  return {
    ask: (expression, stopMs) =>
      start((done) => {
        const params = {
          expression,
          returnByValue: true,
          silent: true,
          ...(stopMs === undefined ? {} : { timeout: stopMs }),
        };
        session.post('Runtime.evaluate', params, (error, answer) => done(readOutcome(error, answer as Evaluated)));
      }),
    askWorkers(expression, skip) {
      const workers = askWorkers(session, start, expression, skip);
      void workers.announced.answer.then(({ kind }) => {
        listening = kind === 'answered';
      });
      return workers;
    },
    close() {
      if (closed) return;
      closed = true;
      if (listening) session.post('NodeWorker.disable');
      session.disconnect();
      for (const done of pending) done(SILENT);
    },
  };
}

function askWorkers(session: Session, start: Start, expression: string, skip: (id: number) => boolean): WorkersAsked {
  const asked: WorkerQuestion[] = [];
  const waiting = new Map<string, Done>();
  let announcing = true;
  // A worker that ends by an error while a session is attached to it was seen to take the process with it (Node 20).
  const detach = (sessionId: string) => session.post('NodeWorker.detach', { sessionId });
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    const [, id = '', name = ''] = /^\[worker (\d+)\] ?(.*)$/s.exec(workerInfo.title) ?? [];
    // One that starts while an answer is awaited is none of this report's.
    if (!announcing || skip(Number(id))) return detach(sessionId);
    const message = JSON.stringify({
      id: 1,
      method: 'Runtime.evaluate',
      params: { expression, returnByValue: true, silent: true },
    });
    const question = start((done) => {
      waiting.set(sessionId, done);
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    });
    asked.push({ id: Number(id), name: name || workerInfo.title, question });
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const { id, result, error } = JSON.parse(message) as { id?: number; result?: Evaluated; error?: Error };
    if (id !== 1) return;
    waiting.get(sessionId)?.(readOutcome(error ?? null, result));
    detach(sessionId);
  });
  session.on('NodeWorker.detachedFromWorker', ({ params: { sessionId } }) => waiting.get(sessionId)?.(SILENT));
  const announced = start((done) => {
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => {
      announcing = false;
      done({ kind: 'answered', json: '' });
    });
  });
  return { announced, asked };
}

function readOutcome(error: Error | null, answer: Evaluated | undefined): Outcome {
  if (error) return /terminated/i.test(error.message) ? { kind: 'stopped' } : { kind: 'threw', error: error.message };
  const details = answer?.exceptionDetails;
  if (details) return { kind: 'threw', error: details.exception?.description ?? details.text };
  const json = answer?.result?.value;
  return typeof json === 'string' ? { kind: 'answered', json } : { kind: 'threw', error: 'the collect hook is gone' };
}

async function raceDeadline(answer: Promise<Outcome>, deadlineMs: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, SILENT);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
