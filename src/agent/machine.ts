import { type Cgroup, readCgroup } from '../procfs/cgroup.js';
import { type Descriptors, readDescriptors, readLinks } from '../procfs/descriptors.js';
import { type Pressure, readPressure } from '../procfs/pressure.js';
import { readSockets, type Sockets } from '../procfs/sockets.js';
import { type ProcessStatus, readProcessStatus } from '../procfs/status.js';
import { readOsThreads, startThreadSample } from '../procfs/thread.js';
import type { KernelView, OsThread } from '../report.js';

/** What the kernel says of this process, read while the main thread's answer is on its way. */
export interface Machine {
  readonly osThreads: readonly OsThread[];
  /** What became of a thread since `readMachine` saw it. */
  kernelOf(osId: number): KernelView | undefined;
  readonly sockets: Sockets;
  readonly descriptors: Descriptors | undefined;
  readonly status: ProcessStatus | undefined;
  readonly cgroup: Cgroup | undefined;
  readonly pressure: Pressure;
}

/**
 * Never throws; each part is empty where /proc does not give it. `between` is called between the parts.
 * Cost: 5 to 10 ms, more with thousands of sockets.
 */
export function readMachine(between: () => void = () => {}): Machine {
  const then = <T>(part: T): T => {
    between();
    return part;
  };
  between();
  const finishMain = startThreadSample(process.pid);
  const osThreads = then(readOsThreads());
  const listedMs = performance.now();
  const links = then(readLinks());
  return {
    osThreads,
    kernelOf(osId) {
      if (osId === process.pid) return finishMain();
      const listed = osThreads.find((thread) => thread.id === osId);
      return listed && startThreadSample(osId, undefined, { cpuMs: listed.cpuMs, atMs: listedMs })();
    },
    sockets: then(readSockets(undefined, undefined, links)),
    descriptors: then(readDescriptors(undefined, links)),
    status: then(readProcessStatus()),
    cgroup: then(readCgroup()),
    pressure: then(readPressure()),
  };
}
