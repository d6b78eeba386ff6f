import { threadId } from 'node:worker_threads';
import { parseStack } from '../frames/stack-text.js';
import type { MainFacts } from '../main-facts.js';
import { readEnviron } from '../procfs/environ.js';
import { ownThreadId } from '../procfs/thread.js';
import type { SectionOf, ThreadsData, Trigger, Value } from '../report.js';
import { collectCrash, crashFacts } from '../sections/crash.js';
import { collectGreenThreads } from '../sections/green-threads.js';
import { activeSpan, collectInFlight, inFlightFacts } from '../sections/in-flight.js';
import { collectPackage } from '../sections/package.js';
import { readPoolSize } from '../sections/pool.js';
import { collectRuntime } from '../sections/runtime.js';
import { collectSuspended, type Suspensions, suspendedFacts } from '../sections/suspended.js';
import type { AskedFrom } from '../sections/thread.js';
import { collectThreads, threadFacts } from '../sections/threads.js';
import type { CollectRequest, CollectSources } from './collect-sources.js';
import { describeHandles } from './event-loop.js';
import { guardSection } from './guard.js';
import type { Readings } from './readings.js';
import { NO_REQUESTS } from './suspended-rest.js';

/** A report in the making. */
export interface Making {
  readonly sources: CollectSources;
  readonly request: CollectRequest;
  readonly readings: Readings;
  /** The main thread's answer, if it gave one. */
  readonly facts: MainFacts | undefined;
  /** The application's directory. */
  readonly root: string;
}

export interface OwnSections {
  readonly crash: SectionOf<'crash'> | undefined;
  readonly package: SectionOf<'package'>;
  readonly threads: SectionOf<'threads'>;
  readonly greenThreads: SectionOf<'green_threads'>;
  readonly inFlight: SectionOf<'in_flight'>;
  readonly runtime: SectionOf<'runtime'>;
  /** Of the Threads section; without any thread if it failed. */
  readonly threadsData: ThreadsData;
  /** Undefined if the Green Threads section failed. */
  readonly suspensions: Suspensions | undefined;
}

/** The sections that need none of the values that the program has registered. Each is made of those before it. */
export function collectOwnSections(making: Making): OwnSections {
  const { sources, request, readings } = making;
  const { kernel, sinceTurnedMs, answers } = readings;
  const packageSection = guardSection('package', 'Package', () => ({
    data: collectPackage(sources.options, sources.place),
  }));
  const threads = collectThreadsSection(making);
  const green = collectGreenThreadsSection(making, threads.data);
  const runtime = guardSection('runtime', 'Runtime', () => ({
    data: collectRuntime({ ...sources, ...kernel, main: answers.main, sinceTurnedMs }),
  }));
  const inFlight = guardSection('in_flight', 'In Flight', () => {
    const data = collectInFlight(answers.main, request.caller?.work, green.suspensions?.waitsAt);
    return { data, facts: inFlightFacts(data) };
  });
  return {
    crash: collectCrashSection(request.trigger),
    package: packageSection,
    threads: threads.section,
    greenThreads: green.section,
    inFlight,
    runtime,
    threadsData: threads.data,
    suspensions: green.suspensions,
  };
}

function collectThreadsSection({ sources, request, readings, root }: Making) {
  const { answers, kernel, sinceTurnedMs } = readings;
  const span = activeSpan(answers.main, request.caller?.work);
  let data: ThreadsData = { threads: [], osThreads: [] };
  const section = guardSection('threads', 'Threads', () => {
    const asked = describeAsked(request);
    data = collectThreads({
      main: answers.main,
      workers: answers.workers,
      osThreads: kernel.osThreads,
      kernelOf: kernel.kernelOf,
      waitOf: kernel.waitOf,
      childOf: kernel.childOf,
      sinceTurnedMs,
      poolSize: readPoolSize(readEnviron() ?? process.env),
      frames: sources.frames,
      openTexts: sources.reading.natives.openTexts,
      ...(asked ? { asked } : {}),
      ...(span ? { span } : {}),
      agentOsId: ownThreadId(),
      agentId: threadId,
    });
    return { data, facts: threadFacts(data, root, { main: answers.main, ...(asked ? { asked } : {}) }) };
  });
  // The threads were read before the section was made of them.
  const timed = { ...section, startMs: readings.timeMs, endMs: Math.max(readings.readEndMs, section.endMs) };
  return { section: timed, data };
}

function collectGreenThreadsSection({ sources, readings, facts, root }: Making, threads: ThreadsData) {
  const { answers, kernel, suspended, handles } = readings;
  let suspensions: Suspensions | undefined;
  const section = guardSection('green_threads', 'Green Threads', () => {
    suspensions = collectSuspended(suspended.looks, sources.frames, facts?.inFlight ?? NO_REQUESTS);
    return {
      data: {
        ...collectGreenThreads(threads, answers.main, kernel.sockets, suspensions.data),
        ...(handles === undefined ? {} : { handles: describeHandles(handles, sources) }),
      },
      facts: suspendedFacts(suspensions, root),
    };
  });
  return { section, suspensions };
}

function collectCrashSection(trigger: Trigger): SectionOf<'crash'> | undefined {
  if (trigger.kind !== 'crash') return undefined;
  return guardSection('crash', 'Crash', () => {
    const data = collectCrash(trigger);
    return { data, facts: crashFacts(data) };
  });
}

/** The stack of the caller, or of the thrown error. Main's own stack at a crash consists of our calls. */
function describeAsked({ caller, trigger }: CollectRequest): AskedFrom | undefined {
  if (caller) return { frames: caller.frames, note: 'the stack of the call that asked for this report' };
  if (trigger.kind !== 'crash') return undefined;
  const stack = (trigger.error as { readonly stack?: Value } | null)?.stack;
  if (typeof stack !== 'string') return { frames: [], note: 'what was thrown has no stack' };
  return { frames: parseStack(stack), note: 'the stack of what was thrown' };
}
