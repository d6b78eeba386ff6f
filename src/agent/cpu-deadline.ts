import { ownThreadId } from '../procfs/thread.js';
import { CpuWatch, isRunnable, PATIENCE } from '../thread-clock.js';
import type { Outcome, Question } from './evaluation.js';

/** Deadlines more for a thread that is not known, if the agent itself waits for its CPU. */
const MAX_UNKNOWN = 3;

/** A deadline of CPU time: a thread that is ready to run, and that the machine lets wait, gets more of it. */
export class CpuDeadline {
  readonly #ms: number;
  readonly #osId: number | undefined;
  readonly #thread: CpuWatch;
  readonly #own = new CpuWatch(ownThreadId());

  /** Begins. `osId` is the kernel's id of the thread that is asked, if it is known. */
  constructor(osId: number | undefined, ms: number) {
    this.#ms = ms;
    this.#osId = osId;
    this.#thread = new CpuWatch(osId);
  }

  async answer(question: Question): Promise<Outcome> {
    return this.stretch(question, await question.within(this.#ms));
  }

  /** Waits on for a thread that was silent until now, if it or the agent had no CPU in that time. */
  async stretch(question: Question, first: Outcome): Promise<Outcome> {
    let outcome = first;
    for (let n = 1; n < PATIENCE && outcome.kind === 'silent'; n += 1) {
      const waits = this.#osId !== undefined && isRunnable(this.#osId) && this.#thread.isStarved();
      // Its answer may have come, and the agent have had no CPU to take it.
      const most = this.#osId === undefined ? MAX_UNKNOWN : 1;
      if (!waits && (n > most || !this.#own.isStarved())) break;
      outcome = await question.within(this.#ms);
    }
    return outcome;
  }
}
