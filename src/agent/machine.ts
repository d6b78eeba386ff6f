import { type Cgroup, readCgroup } from '../procfs/cgroup.js';
import { type Descriptors, readDescriptors, readLinks } from '../procfs/descriptors.js';
import { type Pressure, readPressure } from '../procfs/pressure.js';
import { readSockets, type Sockets } from '../procfs/sockets.js';
import { type ProcessStatus, readProcessStatus } from '../procfs/status.js';
import { readOsThreads, startThreadSample } from '../procfs/thread.js';
import type { KernelView, OsThread } from '../report.js';
import { isNodeThread } from '../sections/threads.js';

/** What the kernel says of this process, read while the main thread's answer is on its way. */
export interface Machine {
  readonly osThreads: readonly OsThread[];
  /** The sample that `readMachine` began, ended now. */
  kernelOf(osId: number): KernelView | undefined;
  readonly sockets: Sockets;
  readonly descriptors: Descriptors | undefined;
  readonly status: ProcessStatus | undefined;
  readonly cgroup: Cgroup | undefined;
  readonly pressure: Pressure;
}

/** Threads that are sampled at most; each costs two small reads. */
const MAX_SAMPLES = 64;

/** Never throws; each part is empty where /proc does not give it. Cost: 5 to 10 ms, more with thousands of sockets. */
export function readMachine(): Machine {
  const finishMain = startThreadSample(process.pid);
  const osThreads = readOsThreads();
  const samples = new Map(
    osThreads
      .filter((thread) => isNodeThread(thread) && thread.id !== process.pid)
      .slice(0, MAX_SAMPLES)
      .map((thread) => [thread.id, startThreadSample(thread.id)]),
  );
  samples.set(process.pid, finishMain);
  const links = readLinks();
  return {
    osThreads,
    kernelOf: (osId) => samples.get(osId)?.(),
    sockets: readSockets(undefined, undefined, links),
    descriptors: readDescriptors(undefined, links),
    status: readProcessStatus(),
    cgroup: readCgroup(),
    pressure: readPressure(),
  };
}
