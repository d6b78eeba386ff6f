import type { Session } from 'node:inspector';

/** What came of an evaluation: its JSON, what it threw, that it was stopped, or nothing in time. */
export type Outcome =
  | { readonly kind: 'answered'; readonly json: string }
  | { readonly kind: 'threw'; readonly error: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'silent' };

export interface WorkerOutcome {
  /** Node's thread id. */
  readonly id: number;
  readonly name: string;
  readonly outcome: Outcome;
}

export interface MainSession {
  /** Runs on top of whatever the main thread is doing; stopped there after `stopMs`, given up here after `deadlineMs`. */
  evaluate(expression: string, deadlineMs: number, stopMs?: number): Promise<Outcome>;
  /** Runs the same in every worker thread but those excluded. */
  evaluateInWorkers(expression: string, deadlineMs: number, exclude: number): Promise<readonly WorkerOutcome[]>;
  /** What is still awaited then counts as silent. */
  close(): void;
}

interface Evaluated {
  result?: { value?: unknown };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

/** Opens no port, enables no debugger: nothing is slower for it. To be closed after each report. */
export function openMainSession(): MainSession {
  // Not imported: a Node that is built without an inspector has no such module.
  const session: Session = new (process.getBuiltinModule('node:inspector').Session)();
  session.connectToMainThread();
  const pending = new Set<() => void>();
  let closed = false;
  return {
    evaluate: (expression, deadlineMs, stopMs) =>
      withDeadline(pending, deadlineMs, (done) => {
        const params = {
          expression,
          returnByValue: true,
          silent: true,
          ...(stopMs === undefined ? {} : { timeout: stopMs }),
        };
        session.post('Runtime.evaluate', params, (error, answer) => done(readOutcome(error, answer as Evaluated)));
      }),
    evaluateInWorkers: (expression, deadlineMs, exclude) =>
      evaluateInWorkers({ session, pending, closed: () => closed }, expression, deadlineMs, exclude),
    close() {
      if (closed) return;
      closed = true;
      session.disconnect();
      for (const giveUp of pending) giveUp();
    },
  };
}

async function evaluateInWorkers(
  { session, pending, closed }: { session: Session; pending: Set<() => void>; closed: () => boolean },
  expression: string,
  deadlineMs: number,
  exclude: number,
): Promise<WorkerOutcome[]> {
  const asked: Promise<WorkerOutcome>[] = [];
  const waiting = new Map<string, (outcome: Outcome) => void>();
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    const [, id = '', name = ''] = /^\[worker (\d+)\] ?(.*)$/s.exec(workerInfo.title) ?? [];
    if (Number(id) === exclude) return;
    const message = JSON.stringify({
      id: 1,
      method: 'Runtime.evaluate',
      params: { expression, returnByValue: true, silent: true },
    });
    const answer = withDeadline(pending, deadlineMs, (done) => {
      waiting.set(sessionId, done);
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    });
    asked.push(answer.then((outcome) => ({ id: Number(id), name: name || workerInfo.title, outcome })));
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const { id, result, error } = JSON.parse(message) as { id?: number; result?: Evaluated; error?: Error };
    if (id === 1) waiting.get(sessionId)?.(readOutcome(error ?? null, result));
  });
  const enabled = await withDeadline(pending, deadlineMs, (done) => {
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => done({ kind: 'answered', json: '' }));
  });
  const workers = await Promise.all(asked);
  if (enabled.kind === 'answered' && !closed()) session.post('NodeWorker.disable');
  return workers;
}

function readOutcome(error: Error | null, answer: Evaluated | undefined): Outcome {
  if (error) return /terminated/i.test(error.message) ? { kind: 'stopped' } : { kind: 'threw', error: error.message };
  const details = answer?.exceptionDetails;
  if (details) return { kind: 'threw', error: details.exception?.description ?? details.text };
  const json = answer?.result?.value;
  return typeof json === 'string' ? { kind: 'answered', json } : { kind: 'threw', error: 'the collect hook is gone' };
}

function withDeadline(
  pending: Set<() => void>,
  deadlineMs: number,
  start: (done: (outcome: Outcome) => void) => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const done = (outcome: Outcome) => {
      clearTimeout(timer);
      pending.delete(giveUp);
      resolve(outcome);
    };
    const giveUp = () => done({ kind: 'silent' });
    const timer = setTimeout(giveUp, deadlineMs);
    pending.add(giveUp);
    try {
      start(done);
    } catch {
      // The session was closed meanwhile.
      giveUp();
    }
  });
}
