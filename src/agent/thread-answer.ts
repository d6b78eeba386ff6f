import type { StackAnswer } from '../sections/sources.js';
import type { Sessions } from './sessions.js';

/** `why` a thread's answer cannot be read, as what that thread did. */
export function tellUnreadable(why: string): string {
  return `gave no answer that can be read: ${why}`;
}

/** Undefined if a program's `toJSON`, or a worker's `JSON.stringify`, has made something else of the answer. */
export function parseAnswer<T extends Pick<StackAnswer, 'frames'>>(json: string): T | undefined {
  try {
    const answer = JSON.parse(json) as T | null;
    return Array.isArray(answer?.frames) ? (answer as T) : undefined;
  } catch {
    return undefined;
  }
}

/** The reason why a thread is silent. A thread gives one answer, to the report that asked first. */
export function tellSilence(
  id: number,
  { deadlineMs, sessions }: { readonly deadlineMs: number; readonly sessions: Pick<Sessions, 'owed'> },
): string {
  const before = sessions.owed.get(id);
  const words = `did not answer in ${deadlineMs} ms`;
  if (!before) return words;
  const seconds = ((performance.now() - before.sinceMs) / 1000).toFixed(1);
  return `${words}; it has owed report ${before.report} an answer for ${seconds} s: that gets it as a supplement`;
}
