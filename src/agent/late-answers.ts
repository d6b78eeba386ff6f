import type { LateAnswer, MainAnswer, WorkerAnswer } from '../sections/sources.js';
import { say } from '../stderr.js';
import type { ReportSession } from './sessions.js';
import type { WorkerQuestion, WorkersAsked } from './worker-sessions.js';

/** The answers that one report still waits for. */
export interface Late {
  readonly report: string;
  /** Of `performance.now()`, when the report was begun. */
  readonly sinceMs: number;
  /** Milliseconds for the answer of a worker that is asked only now. */
  readonly deadlineMs: number;
  /** Main's answer, if main owes one. */
  readonly main?: Promise<MainAnswer>;
  readonly workers: WorkersAsked;
  /** The workers that owe an answer. If main owes one, some workers are not known yet. */
  readonly silent: readonly WorkerQuestion[];
  /** Their stacks, as they were read from memory meanwhile. */
  readonly seen?: LateAnswer['seen'];
  readonly read: (asked: WorkerQuestion, deadlineMs: number) => Promise<WorkerAnswer>;
  readonly onAnswer: (answer: LateAnswer) => void;
}

/**
 * Milliseconds that late answers are waited for. Loki accepts a line that comes so late, and none that comes later; and the
 * operator has gone by then. Only a session and the report's header are kept meanwhile, which costs main nothing.
 */
const WAIT_MS = 3600_000;

/**
 * Passes on the late answers of the threads, main's first, and closes the session when no thread owes an answer any more.
 * Never rejects.
 */
export async function followLate(held: Pick<ReportSession, 'release'>, late: Late, waitMs = WAIT_MS): Promise<void> {
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
    say(`gmr ${late.report}: the late answer of a thread is lost: ${(error as Error).message.split('\n')[0]}`);
  } finally {
    clearTimeout(timer);
    held.release();
  }
}
