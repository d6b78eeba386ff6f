import { threadId } from 'node:worker_threads';
import type { Trigger } from '../report.js';
import type { WorkerAnswer } from '../sections/sources.js';
import type { SuspendedSource } from '../sections/suspended.js';
import type { Exiting } from '../shared-state.js';
import type { NativeStacks } from './native-stacks.js';

/** Of all threads but main, in one report: a walk takes up to a third of a second. */
const MAX_WORKERS_MS = 300;

/** Why nobody waits for a walk. */
export function tellHurry(trigger: Trigger, exiting: Exiting): string | undefined {
  if (trigger.kind === 'crash') return 'the process ends of what was thrown';
  return exiting === 'no' ? undefined : 'the process is ending';
}

/** The functions that are suspended, of main and of the workers whose thread is known. */
export function readSuspended(
  natives: NativeStacks,
  workers: readonly WorkerAnswer[],
  hurry: string | undefined,
): readonly SuspendedSource[] {
  if (hurry !== undefined) return [{ thread: '#0 main', look: { why: hurry }, texts: () => undefined }];
  const read = (thread: string, osId: number): SuspendedSource => ({
    thread,
    look: natives.lookAtSuspended(osId),
    texts: natives.openTexts(osId),
  });
  const main = read('#0 main', process.pid);
  const startMs = performance.now();
  const others = workers.flatMap((worker): SuspendedSource[] => {
    const osId = worker.stack?.osId ?? worker.osId;
    if (osId === undefined || worker.id === threadId) return [];
    const thread = `#${worker.id} ${worker.name}`;
    if (performance.now() - startMs < MAX_WORKERS_MS) return [read(thread, osId)];
    return [{ thread, look: { why: 'the walks of the other workers took all the time' }, texts: () => undefined }];
  });
  // Told once: it is the same for all of them.
  return 'why' in main.look ? [main] : [main, ...others];
}
