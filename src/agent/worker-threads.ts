import type { MainAnswer, StackAnswer, WorkerAnswer } from '../sections/sources.js';
import { findActivity } from './activity.js';
import { CpuDeadline } from './cpu-deadline.js';
import { NOT_JSON } from './evaluation.js';
import type { NativeStacks } from './native-stacks.js';
import { countUnannounced } from './native-workers.js';
import type { Sessions } from './sessions.js';
import { parseAnswer, tellSilence, tellUnreadable } from './thread-answer.js';
import { readThrownStack } from './thrown-stack.js';
import type { WorkerQuestion } from './worker-sessions.js';

/** How a worker is read. */
export interface WorkerReading {
  readonly deadlineMs: number;
  readonly sessions: Sessions;
  readonly natives: NativeStacks;
  /** Whether one more thread may be looked at that burns a CPU. */
  mayLook(): boolean;
}

/** A worker's answer within the deadline, and its activity. */
export async function readWorker(
  asked: WorkerQuestion,
  withinMs: number,
  options: WorkerReading,
): Promise<WorkerAnswer> {
  const { id, name } = asked;
  const { osIds } = options.sessions;
  const known = osIds.get(id);
  const outcome = await new CpuDeadline(known, withinMs).answer(asked.question);
  const stack = outcome.kind === 'answered' ? parseAnswer<StackAnswer>(outcome.json) : undefined;
  if (!stack) {
    const about = known === undefined ? { id, name } : { id, name, osId: known };
    const thrown =
      outcome.kind === 'threw' ? await readThrownStack(outcome.error, async (ms) => asked.profile?.(ms)) : undefined;
    asked.done?.();
    if (outcome.kind === 'answered') return { ...about, why: tellUnreadable(NOT_JSON), isHeard: true };
    if (outcome.kind === 'silent' && outcome.hasEnded)
      return { id, name, why: 'ended while it was asked', hasEnded: true };
    if (outcome.kind !== 'threw') return { ...about, why: tellSilence(id, options) };
    if (thrown) return { ...about, stack: known === undefined ? thrown : { ...thrown, osId: known } };
    return { ...about, why: tellUnreadable(outcome.error.split('\n', 1)[0] ?? ''), isHeard: true };
  }
  if (stack.osId !== undefined) osIds.set(id, stack.osId);
  try {
    const look = async () => {
      const again = await asked.again?.().within(options.deadlineMs);
      return again?.kind === 'answered' ? parseAnswer<StackAnswer>(again.json)?.frames : undefined;
    };
    const profile = async (ms: number) => asked.profile?.(ms);
    const { deadlineMs, mayLook, natives } = options;
    const { osId } = stack;
    const queued = () => (osId === undefined ? [] : natives.listImmediates(osId));
    const { frames, activity } = await findActivity({ ...stack, osId, look, profile, queued, deadlineMs, mayLook });
    const read = { id, name, stack: frames ? { ...stack, frames } : stack };
    return activity ? { ...read, activity } : read;
  } finally {
    asked.done?.();
  }
}

/** Main announces its workers, from its event loop or on an interrupt. While it is in native code, they cannot be asked. */
export function tellUnannounced(
  main: MainAnswer,
  workers: readonly WorkerAnswer[],
  { natives }: { readonly natives: NativeStacks },
): readonly string[] {
  const count = main.kind === 'silent' ? countUnannounced(workers, natives) : 0;
  if (count === 0) return [];
  const threads = count === 1 ? 'one worker thread' : `${count} worker threads`;
  return [`${threads} could not be asked: main announces them, and it did not answer`];
}
