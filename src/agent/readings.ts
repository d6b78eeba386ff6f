import { randomBytes } from 'node:crypto';
import { findStuckDisks } from '../files/stuck-disk.js';
import type { SectionOf } from '../report.js';
import { collectProcesses } from '../sections/processes.js';
import type { SuspendedSource } from '../sections/suspended-thread.js';
import type { CollectRequest, CollectSources } from './collect-sources.js';
import { lookAtHandles } from './event-loop.js';
import { guardSection } from './guard.js';
import { type Machine, readMachine } from './machine.js';
import { readSuspended, tellHurry } from './suspended.js';
import { completeLook } from './suspended-rest.js';
import { readThreads, type ThreadAnswers } from './threads.js';

/** All that one report is made of, except the values that the program has registered. */
export interface Readings {
  readonly id: string;
  readonly timeMs: number;
  /** Since the start of the process, by a clock that nobody sets. */
  readonly uptimeMs: number;
  /** The time at which the threads had been read. */
  readonly readEndMs: number;
  /** Milliseconds since main's event loop had turned, if that is known. */
  readonly sinceTurnedMs: number | undefined;
  readonly answers: ThreadAnswers;
  readonly kernel: Machine;
  readonly processes: SectionOf<'processes'> | undefined;
  readonly suspended: {
    readonly looks: readonly SuspendedSource[];
    readonly notes: readonly string[];
    /** There was no time for all of main's, and a supplement may have the rest. */
    readonly isCut: boolean;
  };
  readonly handles: ReturnType<typeof lookAtHandles> | undefined;
  readonly wantsCensus: boolean;
  /** Notes on signals that this report answers. */
  readonly said: readonly string[];
}

/** Reads the threads, the kernel's files and the heap. Main comes first, since it changes meanwhile. */
export async function readProcess(sources: CollectSources, request: CollectRequest): Promise<Readings> {
  const { settings, questions } = sources;
  const id = randomBytes(16).toString('hex');
  const timeMs = Date.now();
  const uptimeMs = process.uptime() * 1000;
  let machine: Machine | undefined;
  let processes: SectionOf<'processes'> | undefined;
  const sinceTurnedMs = sources.reading.shared.sinceTurnedMs();
  questions.expectItems(id);
  const answers = await readThreads({
    ...sources.reading,
    report: id,
    deadlineMs: settings.deadlineMs,
    askByMessage: (ask, deadlineMs) => questions.ask(ask, deadlineMs),
    onLate: request.onLate,
    meanwhile(glance) {
      machine = readMachine(sources.findOwnDescriptors, glance);
      glance();
      processes = guardSection('processes', 'Processes', () => ({
        data: collectProcesses({ argv: [process.execPath, ...sources.argv.slice(1)] }),
      }));
      glance();
    },
  });
  const readEndMs = Date.now();
  const [firstLook, ...otherLooks] = readSuspended(
    sources.reading,
    answers,
    tellHurry(request.trigger, sources.reading.shared.exiting()),
  );
  const said = request.onRead();
  const extras = request.wants();
  // A process that is ending does not wait for these.
  const isHurried = tellHurry(request.trigger, sources.reading.shared.exiting()) !== undefined;
  const handles =
    extras.handles && !isHurried ? lookAtHandles(sources.reading.natives, sources.reading.shared) : undefined;
  const completed = await completeLook(sources.reading, {
    main: answers.main,
    first: firstLook,
    memoryReader: settings.memoryReader,
    isExact: extras.isExact && !isHurried,
    isAwaited: extras.isAwaited && !isHurried,
    isWaitedFor: request.isWaitedFor,
  });
  const looks = [completed.source, ...otherLooks].filter((look) => look !== undefined);
  const kernel = machine ?? readMachine(sources.findOwnDescriptors);
  // Before any file is read for this report.
  await findStuckDisks(kernel.osThreads.filter(({ state }) => state === 'disk sleep').map(({ id }) => id));
  return {
    id,
    timeMs,
    uptimeMs,
    readEndMs,
    sinceTurnedMs,
    answers,
    kernel,
    processes,
    suspended: { looks, notes: completed.notes, isCut: completed.isCut && !isHurried },
    handles,
    wantsCensus: extras.census && !isHurried,
    said,
  };
}
