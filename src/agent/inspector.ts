import type { Session } from 'node:inspector';
import {
  type Done,
  type Evaluated,
  type Outcome,
  type Question,
  raceDeadline,
  readOutcome,
  SILENT,
  type Start,
} from './evaluation.js';
import { type Profile, takeProfile } from './profile.js';
import { askWorkers, type WorkersAsked } from './worker-sessions.js';

export interface MainSession {
  /** Runs on top of whatever the main thread is doing; stopped there after `stopMs`. */
  ask(expression: string, stopMs?: number): Question;
  /** Runs the same in every worker thread but those to be skipped. */
  askWorkers(expression: string, skip: (id: number) => boolean): WorkersAsked;
  /** Samples what main runs; resolves with undefined if it does not answer within twice that time and a second. */
  profile(ms: number): Promise<Profile | undefined>;
  /** Answers that are still awaited then count as silent. */
  close(): void;
}

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
    profile: (ms) =>
      takeProfile(
        (method, params, done) => session.post(method, params, (error, result) => done(error ? undefined : result)),
        ms,
      ),
    close() {
      if (closed) return;
      closed = true;
      if (listening) session.post('NodeWorker.disable');
      session.disconnect();
      for (const done of pending) done(SILENT);
    },
  };
}
