import { type Cgroup, readCgroup } from '../procfs/cgroup.js';
import { readChildOf, type StartedChild } from '../procfs/child.js';
import { type Descriptors, readDescriptors, readLinks } from '../procfs/descriptors.js';
import { type Pressure, readPressure } from '../procfs/pressure.js';
import { readSockets, type Sockets } from '../procfs/sockets.js';
import { type ProcessStatus, readProcessStatus } from '../procfs/status.js';
import { readOsThreads, readWait, startThreadSample } from '../procfs/thread.js';
import type { KernelView, OsThread } from '../report.js';
import { readThreadClock } from '../thread-clock.js';
import type { FindOwnDescriptors } from './own-descriptors.js';

/** The kernel's view of this process, read while the main thread's answer is on its way. */
export interface Machine {
  readonly osThreads: readonly OsThread[];
  /** The changes of a thread since `readMachine` saw it. */
  kernelOf(osId: number): KernelView | undefined;
  waitOf(osId: number): Pick<OsThread, 'wchan' | 'syscall'>;
  childOf(osId: number): StartedChild | undefined;
  readonly sockets: Sockets;
  readonly descriptors: Descriptors | undefined;
  readonly status: ProcessStatus | undefined;
  readonly cgroup: Cgroup | undefined;
  readonly pressure: Pressure;
}

/**
 * Never throws; a part is empty if /proc does not have it. It takes 5 to 10 ms, and longer with thousands of sockets.
 *
 * @param findOwn tells the agent's own descriptors from the program's
 * @param between called between the parts
 */
export function readMachine(findOwn: FindOwnDescriptors, between: () => void = () => {}): Machine {
  const then = <T>(part: T): T => {
    between();
    return part;
  };
  between();
  const finishMain = startThreadSample(process.pid);
  const osThreads = then(readOsThreads());
  const clocks = new Map(osThreads.map(({ id }) => [id, readThreadClock(id)]));
  const listedMs = performance.now();
  const links = then(readLinks());
  const own = then(findOwn(links?.links ?? []));
  const program = links && { ...links, links: links.links.filter(({ fd }) => !own.has(fd)) };
  return {
    osThreads,
    kernelOf(osId) {
      if (osId === process.pid) return finishMain();
      const listed = osThreads.find((thread) => thread.id === osId);
      return (
        listed && startThreadSample(osId, undefined, { cpuMs: listed.cpuMs, clock: clocks.get(osId), atMs: listedMs })()
      );
    },
    waitOf: (osId) => readWait(osId),
    childOf: (osId) => readChildOf(osId),
    sockets: then(readSockets(undefined, undefined, program, between)),
    descriptors: then(readDescriptors(undefined, links, own)),
    status: then(readProcessStatus()),
    cgroup: then(readCgroup()),
    pressure: then(readPressure()),
  };
}
