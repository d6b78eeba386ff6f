import type { MainAnswer, StackAnswer, WorkerAnswer } from '../sections/sources.js';
import { findActivity } from './activity.js';
import { CpuDeadline } from './cpu-deadline.js';
import type { NativeStacks } from './native-stacks.js';
import { countUnannounced } from './native-workers.js';
import type { Sessions } from './sessions.js';
import { NOT_JSON, parseAnswer, tellSilence } from './thread-answer.js';
import type { WorkerQuestion } from './worker-sessions.js';

/** How a worker is read. */
export interface WorkerReading {
  readonly deadlineMs: number;
  readonly sessions: Sessions;
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
    asked.done?.();
    const about = known === undefined ? { id, name } : { id, name, osId: known };
    if (outcome.kind === 'answered') return { ...about, why: NOT_JSON };
    return { ...about, why: outcome.kind === 'threw' ? outcome.error : tellSilence(id, options) };
  }
  if (stack.osId !== undefined) osIds.set(id, stack.osId);
  try {
    const look = async () => {
      const again = await asked.again?.().within(options.deadlineMs);
      return again?.kind === 'answered' ? parseAnswer<StackAnswer>(again.json)?.frames : undefined;
    };
    const profile = async (ms: number) => asked.profile?.(ms);
    const { deadlineMs, mayLook } = options;
    const { frames, activity } = await findActivity({ ...stack, osId: stack.osId, look, profile, deadlineMs, mayLook });
    const read = { id, name, stack: frames ? { ...stack, frames } : stack };
    return activity ? { ...read, activity } : read;
  } finally {
    asked.done?.();
  }
}

/** Main announces its workers, from its event loop or on an interrupt: while it is in native code nobody can ask them. */
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
