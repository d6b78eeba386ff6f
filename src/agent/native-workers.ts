import { threadId } from 'node:worker_threads';
import { ownThreadId } from '../procfs/thread.js';
import type { RawFrame } from '../raw-frame.js';
import type { MainAnswer, NativeLook, WorkerAnswer } from '../sections/sources.js';
import { addCollecting, type NativeStacks } from './native-stacks.js';

/** Adds the stacks, from memory, of the workers that have not answered. */
export async function lookAtWorkers(
  workers: readonly WorkerAnswer[],
  natives: NativeStacks,
): Promise<readonly WorkerAnswer[]> {
  const living = workers.filter(({ hasEnded }) => !hasEnded);
  if (living.every(({ stack }) => stack !== undefined)) return workers;
  const own = new Set([process.pid, ownThreadId()]);
  const osIds = matchThreads(
    living.map(({ id, osId, stack }) => ({ id, osId: stack?.osId ?? osId })),
    natives.listThreads().filter((id) => !own.has(id)),
  );
  const look = async (worker: WorkerAnswer): Promise<WorkerAnswer> => {
    const osId = osIds.get(worker.id);
    const isSilent = worker.stack === undefined && worker.id !== threadId;
    if (!isSilent || osId === undefined) return worker;
    return { ...worker, osId, look: await addCollecting(natives.look(osId), osId, natives) };
  };
  return Promise.all(workers.map(look));
}

/** A worker, with the kernel's id of its thread if that is known. */
interface Numbered {
  readonly id: number;
  readonly osId: number | undefined;
}

/**
 * The kernel's ids of workers by Node's. A worker that is silent cannot tell its own: both kinds of ids are given in the order
 * in which workers start. So between two workers whose threads are known, the others are matched if there are as many threads.
 */
export function matchThreads(workers: readonly Numbered[], osIds: readonly number[]): ReadonlyMap<number, number> {
  const matched = new Map<number, number>();
  const known = new Set(workers.map(({ osId }) => osId));
  const free = osIds.filter((id) => !known.has(id)).sort((a, b) => a - b);
  let silent: number[] = [];
  let from = 0;
  const close = (to: number) => {
    const between = free.filter((id) => id > from && id < to);
    if (between.length === silent.length) for (const [n, id] of silent.entries()) matched.set(id, between[n] as number);
    silent = [];
    from = to;
  };
  for (const { id, osId } of workers.toSorted((a, b) => a.id - b.id)) {
    if (osId === undefined) silent.push(id);
    else {
      matched.set(id, osId);
      close(osId);
    }
  }
  close(Number.POSITIVE_INFINITY);
  return matched;
}

/** How many threads run JavaScript beside main, the agent and these workers. */
export function countUnannounced(workers: readonly WorkerAnswer[], natives: NativeStacks): number {
  const others = natives.listThreads().filter((id) => id !== process.pid && id !== ownThreadId());
  return Math.max(0, others.length - workers.filter(({ id }) => id !== threadId).length);
}

/** The reason why no stack can be read from memory in this process, once, if one was wanted. */
export function tellOff(answers: readonly (MainAnswer | WorkerAnswer)[]): readonly string[] {
  const looks = answers.flatMap((answer) => ('look' in answer && answer.look ? [answer.look] : []));
  const off = looks.find((look): look is Extract<NativeLook, { why: string }> => 'why' in look && look.isOff === true);
  return off ? [`stacks of threads in native code are not read from memory: ${off.why}`] : [];
}

/** The stacks that were read from memory, by thread id. */
export function listSeen(main: MainAnswer, workers: readonly WorkerAnswer[]): ReadonlyMap<number, readonly RawFrame[]> {
  const seen = new Map<number, readonly RawFrame[]>();
  const add = (id: number, look: NativeLook | undefined) => {
    if (look && 'stack' in look) seen.set(id, look.stack.frames);
  };
  if (main.kind === 'silent') add(0, main.look);
  for (const { id, look } of workers) add(id, look);
  return seen;
}
