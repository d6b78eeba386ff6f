import type { LateAnswer, MainAnswer, WorkerAnswer } from '../sections/sources.js';
import { say } from '../stderr.js';
import type { Held } from './sessions.js';
import type { WorkerQuestion, WorkersAsked } from './worker-sessions.js';

/** The answers that one report still waits for. */
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
  /** Their stacks, as they were read from memory meanwhile. */
  readonly seen?: LateAnswer['seen'];
  readonly read: (asked: WorkerQuestion, deadlineMs: number) => Promise<WorkerAnswer>;
  readonly onAnswer: (answer: LateAnswer) => void;
}

/**
 * As long as Loki takes a line of a time that has passed; the operator has gone by then. All that is kept
 * meanwhile is a session and the report's header: it costs main nothing.
 */
const WAIT_MS = 3600_000;

/**
 * Hands on what the threads answer after all, main first, and closes the session when none owes anything any more.
 * Never rejects.
 */
export async function followLate(held: Pick<Held, 'release'>, late: Late, waitMs = WAIT_MS): Promise<void> {
  const { sinceMs, deadlineMs, workers, onAnswer, read, seen } = late;
  const tell = (answer: Pick<LateAnswer, 'main' | 'workers'>) =>
    onAnswer({ ...answer, ...(seen ? { seen } : {}), answeredMs: Date.now(), lateMs: performance.now() - sinceMs });
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
