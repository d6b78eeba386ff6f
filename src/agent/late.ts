import { say } from '../stderr.js';
import type { WorkerQuestion, WorkersAsked } from './inspector.js';
import type { MainAnswer, WorkerAnswer } from './main-thread.js';
import type { Held } from './sessions.js';

/** What threads said after their report had gone out; at least one did. */
export interface LateAnswer {
  readonly main?: Exclude<MainAnswer, { kind: 'silent' }>;
  readonly workers: readonly WorkerAnswer[];
  /** Milliseconds since the epoch. */
  readonly answeredMs: number;
  /** How long after the report. */
  readonly lateMs: number;
}

/** What is owed of one report. */
export interface Late {
  readonly report: string;
  /** Of `performance.now()`, when the report was begun. */
  readonly sinceMs: number;
  /** How long a worker has that is asked only now. */
  readonly deadlineMs: number;
  /** Where main owes an answer: what it comes to. */
  readonly main?: Promise<MainAnswer>;
  readonly workers: WorkersAsked;
  /** Those that owe an answer; where main does, they may be unknown as yet. */
  readonly silent: readonly WorkerQuestion[];
  readonly read: (asked: WorkerQuestion, deadlineMs: number) => Promise<WorkerAnswer>;
  readonly onAnswer: (answer: LateAnswer) => void;
}

/**
 * As long as Loki takes a line of a time that has passed; whoever made the report has gone by then. What is kept
 * meanwhile is a session and the report's header: it costs main nothing.
 */
const WAIT_MS = 3600_000;

/**
 * Hands on what the threads answer after all, main first, and closes the session when none owes anything any more.
 * Never rejects.
 */
export async function followLate(held: Pick<Held, 'release'>, late: Late, waitMs = WAIT_MS): Promise<void> {
  const { sinceMs, deadlineMs, workers, onAnswer, read } = late;
  const tell = (answer: Pick<LateAnswer, 'main' | 'workers'>) =>
    onAnswer({ ...answer, answeredMs: Date.now(), lateMs: performance.now() - sinceMs });
  const timer = setTimeout(() => {
    say(`gmr ${late.report}: a thread has not answered for ${Math.round(waitMs / 60_000)} min: it is not waited for`);
    held.release();
  }, waitMs).unref();
  try {
    let silent = late.silent;
    if (late.main) {
      const main = await late.main;
      await workers.announced.within(deadlineMs);
      const answers = await Promise.all(workers.asked.map((asked) => read(asked, deadlineMs)));
      silent = workers.asked.filter((_, index) => !answers[index]?.stack);
      const answered = answers.filter((answer) => answer.stack !== undefined);
      if (main.kind !== 'silent') tell({ main, workers: answered });
      else if (answered.length > 0) tell({ workers: answered });
    }
    await Promise.all(
      silent.map(async (asked) => {
        const answer = await read(asked, waitMs);
        if (answer.stack) tell({ workers: [answer] });
      }),
    );
  } catch (error) {
    say(`gmr ${late.report}: what a thread answered late is lost: ${(error as Error).message.split('\n')[0]}`);
  } finally {
    clearTimeout(timer);
    held.release();
  }
}
