import { startTimeLimit, type TimeLimit } from '../time-limit.js';

/** The outcome of an evaluation: its JSON, the thrown value, a stop, or no answer in time; `hasEnded`: and there will be none. */
export type Outcome =
  | { readonly kind: 'answered'; readonly json: string }
  | { readonly kind: 'threw'; readonly error: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'silent'; readonly hasEnded?: boolean };

/** A question to a thread. It stays open past any deadline: a native call that returns lets it answer after all. */
export interface Question {
  /** The answer by then, else silent. */
  within(deadlineMs: number): Promise<Outcome>;
  /** The answer, however late; silent once the thread or the session has ended. */
  readonly answer: Promise<Outcome>;
}

/** The result of the inspector's `Runtime.evaluate`. */
export interface Evaluated {
  result?: { value?: unknown };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

export type Done = (outcome: Outcome) => void;
/** Calls `post`, which asks and passes the answer to `done`. */
export type Start = (post: (done: Done) => void) => Question;

export const SILENT: Outcome = { kind: 'silent' };

export const NOT_JSON = 'the program has changed what becomes JSON';

export function readOutcome(error: Error | null, answer: Evaluated | undefined): Outcome {
  if (error) return /terminated/i.test(error.message) ? { kind: 'stopped' } : { kind: 'threw', error: error.message };
  const details = answer?.exceptionDetails;
  if (details) return { kind: 'threw', error: details.exception?.description ?? details.text };
  const json = answer?.result?.value;
  return typeof json === 'string' ? { kind: 'answered', json } : { kind: 'threw', error: NOT_JSON };
}

/** The answer by then, else silent. */
export async function raceDeadline(answer: Promise<Outcome>, deadlineMs: number): Promise<Outcome> {
  let limit: TimeLimit | undefined;
  const late = new Promise<Outcome>((resolve) => {
    limit = startTimeLimit(() => resolve(SILENT), deadlineMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    limit?.end();
  }
}
