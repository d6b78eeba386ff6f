import type { Session } from 'node:inspector';
import { type Evaluated, type Outcome, type Question, readOutcome, type Start } from './evaluation.js';
import { type Profile, takeProfile } from './profile.js';

export interface WorkerQuestion {
  /** Node's thread id. */
  readonly id: number;
  readonly name: string;
  readonly question: Question;
  /** Asks the same question again. Not to be called after `done`. */
  again?(): Question;
  /** Samples what it runs; resolves with undefined if it does not answer within twice that time and a second. */
  profile?(ms: number): Promise<Profile | undefined>;
  /** No more questions follow: the session with the worker is closed as soon as it has answered. */
  done?(): void;
}

export interface WorkersAsked {
  /** Main announces the workers, and cannot while it is in native code. */
  readonly announced: Question;
  /** Those that have been announced. */
  readonly asked: readonly WorkerQuestion[];
}

interface WorkerMessage {
  readonly id?: number;
  readonly result?: object;
  readonly error?: Error;
}

/** Of a worker that has ended. */
const ENDED: Outcome = { kind: 'silent', hasEnded: true };

/** Asks the workers that main announces. */
export function askWorkers(
  session: Session,
  start: Start,
  expression: string,
  skip: (id: number) => boolean,
): WorkersAsked {
  const asked: WorkerQuestion[] = [];
  const waiting = new Map<string, (answer: WorkerMessage | undefined) => void>();
  let announcing = true;
  // A worker that ends by an error while a session is attached to it was seen to take the process with it (Node 20).
  const detach = (sessionId: string) => session.post('NodeWorker.detach', { sessionId });
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    const [, id = '', name = ''] = /^\[worker (\d+)\] ?(.*)$/s.exec(workerInfo.title) ?? [];
    // A worker that starts while an answer is awaited is not part of this report.
    if (!announcing || skip(Number(id))) return detach(sessionId);
    asked.push({ id: Number(id), name: nameWorker(name, workerInfo), ...askWorker(sessionId) });
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const answer = JSON.parse(message) as WorkerMessage;
    if (answer.id !== undefined) waiting.get(sessionId)?.(answer);
  });
  session.on('NodeWorker.detachedFromWorker', ({ params: { sessionId } }) => waiting.get(sessionId)?.(undefined));
  const askWorker = (sessionId: string): Omit<WorkerQuestion, 'id' | 'name'> => {
    const open = new Map<number, (answer: WorkerMessage | undefined) => void>();
    let count = 0;
    let isDone = false;
    let hasEnded = false;
    waiting.set(sessionId, (answer) => {
      hasEnded ||= answer === undefined;
      const answered = answer ? [open.get(answer.id ?? 0)] : [...open.values()];
      if (answer) open.delete(answer.id ?? 0);
      for (const done of answered) done?.(answer);
      if (isDone && open.size === 0 && answer) detach(sessionId);
    });
    const send = (method: string, params: object, done: (answer: WorkerMessage | undefined) => void) => {
      // Node takes a message to it all the same, and never answers.
      if (hasEnded) return done(undefined);
      count += 1;
      open.set(count, done);
      const message = JSON.stringify({ id: count, method, params });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    };
    const again = () =>
      start((done) =>
        send('Runtime.evaluate', { expression, returnByValue: true, silent: true }, (answer) =>
          done(answer ? readOutcome(answer.error ?? null, answer.result as Evaluated) : ENDED),
        ),
      );
    const profile = (ms: number) =>
      takeProfile((method, params, take) => send(method, params, (answer) => take(answer?.result)), ms);
    const done = () => {
      if (!isDone && open.size === 0) detach(sessionId);
      isDone = true;
    };
    return { question: again(), again, profile, done };
  };
  const announced = start((done) => {
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => {
      announcing = false;
      done({ kind: 'answered', json: '' });
    });
  });
  return { announced, asked };
}

/** Node's own name for a worker that has none is `WorkerThread`, or empty. */
function nameWorker(name: string, { title, url }: { readonly title: string; readonly url: string }): string {
  if (url.startsWith('node:internal/modules/')) return 'loader hooks (Node runs module customization hooks in it)';
  if (name !== '' && name !== 'WorkerThread') return name;
  const path = url.startsWith('file:') ? url.replace(/[?#].*$/s, '') : url;
  return path.slice(path.lastIndexOf('/') + 1) || `${title} (evaluated code)`;
}
