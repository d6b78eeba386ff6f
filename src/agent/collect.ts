import { randomBytes } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { findStuckDisks } from '../files/stuck-disk.js';
import type { FrameReader } from '../frames/frames.js';
import { parseStack } from '../frames/stack-text.js';
import type { OtlpSettings } from '../otlp-options.js';
import { readEnviron } from '../procfs/environ.js';
import { ownThreadId } from '../procfs/thread.js';
import type { Caller, Item, PackageOptions } from '../protocol.js';
import type { Report, SectionOf, ThreadsData, Trigger, Value } from '../report.js';
import { collectConfiguration } from '../sections/configuration.js';
import { collectCrash, crashFacts } from '../sections/crash.js';
import { collectGreenThreads } from '../sections/green-threads.js';
import { activeSpan, collectInFlight, inFlightFacts } from '../sections/in-flight.js';
import { collectPackage, findRoot, type ProgramPlace } from '../sections/package.js';
import { readPoolSize } from '../sections/pool.js';
import { collectProcesses } from '../sections/processes.js';
import { collectRegistered } from '../sections/registered.js';
import { collectRuntime } from '../sections/runtime.js';
import type { LateAnswer } from '../sections/sources.js';
import { type Busiest, collectSuspended, type Suspensions, suspendedFacts } from '../sections/suspended.js';
import type { AskedFrom } from '../sections/thread.js';
import { collectThreads, stateOfMain, threadFacts } from '../sections/threads.js';
import type { Settings } from '../settings.js';
import { tellReplacedStderr } from '../stderr.js';
import type { Application } from './application.js';
import type { AskedHeaders } from './asked-headers.js';
import { guardSection } from './guard.js';
import { describeHeader } from './header.js';
import { boundItems } from './items.js';
import { type Machine, readMachine } from './machine.js';
import type { FindOwnDescriptors } from './own-descriptors.js';
import type { Questions } from './questions.js';
import { nameHost, nameService } from './service.js';
import { readSuspended, tellHurry } from './suspended.js';
import { type ReadOptions, readThreads } from './threads.js';
import { describeVerdict } from './verdict.js';

export interface CollectSources {
  readonly settings: Settings;
  readonly options: PackageOptions;
  readonly otlp: OtlpSettings;
  /** Whether main gets a message for each report. */
  readonly tellsReports: boolean;
  /** Of `otlp.headers`, if that is a function. */
  readonly headers: Pick<AskedHeaders, 'read'>;
  readonly place: ProgramPlace;
  readonly startedMs: number;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly packageVersion: string;
  readonly questions: Questions;
  readonly frames: FrameReader;
  readonly application: Application;
  readonly findOwnDescriptors: FindOwnDescriptors;
  readonly reading: Pick<ReadOptions, 'shared' | 'sessions' | 'inspectorDenied' | 'natives'>;
}

export interface CollectRequest {
  readonly trigger: Trigger;
  /** Where main stood when it asked for this report itself. */
  readonly caller?: Caller;
  /** Called when main has been read: what asks for a report from here on asks for another one. */
  readonly onRead: () => readonly string[];
  /** Gets what a thread answers when the report has been made without it. */
  readonly onLate: (answer: LateAnswer) => void;
}

export interface Collected {
  readonly report: Report;
  /** For each registered group the keys that it declared secret. */
  readonly declared: { readonly [group: string]: readonly string[] };
}

/** One report, not yet redacted. A section that fails is a section that says so. */
export async function collectReport(sources: CollectSources, request: CollectRequest): Promise<Collected> {
  const { settings, questions, place } = sources;
  const id = randomBytes(16).toString('hex');
  const timeMs = Date.now();
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
  const looks = readSuspended(
    sources.reading.natives,
    answers.workers,
    tellHurry(request.trigger, sources.reading.shared.exiting()),
  );
  const said = request.onRead();
  const kernel = machine ?? readMachine(sources.findOwnDescriptors);
  // Before any file is read for this report.
  await findStuckDisks(kernel.osThreads.filter(({ state }) => state === 'disk sleep').map(({ id }) => id));
  const settling = questions.awaitItems(id, answers.items, settings.sectionDeadlineMs);

  const facts = answers.main.kind === 'facts' ? answers.main.facts : undefined;
  sources.application.hear(facts?.inFlight.resource);
  const root = findRoot(place);
  const work = request.caller?.work;
  const span = activeSpan(answers.main, work);
  let threads: ThreadsData = { threads: [], osThreads: [] };
  const packageSection = guardSection('package', 'Package', () => ({ data: collectPackage(sources.options, place) }));
  const threadsSection = guardSection('threads', 'Threads', () => {
    const asked = describeAsked(request);
    threads = collectThreads({
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
    return { data: threads, facts: threadFacts(threads, root, { main: answers.main, ...(asked ? { asked } : {}) }) };
  });
  let suspensions: Suspensions | undefined;
  const greenThreads = guardSection('green_threads', 'Green Threads', () => {
    suspensions = collectSuspended(looks, sources.frames);
    return {
      data: collectGreenThreads(threads, answers.main, kernel.sockets, suspensions.data),
      facts: suspendedFacts(suspensions, root),
    };
  });
  const runtime = guardSection('runtime', 'Runtime', () => ({
    data: collectRuntime({ ...sources, ...kernel, main: answers.main, sinceTurnedMs }),
  }));
  const inFlight = guardSection('in_flight', 'In Flight', () => {
    const data = collectInFlight(answers.main, work);
    return { data, facts: inFlightFacts(data) };
  });
  const items = boundItems(await settling);
  const configuration = guardSection('configuration', 'Configuration', () => ({
    data: collectConfiguration({
      items,
      main: answers.main,
      startEnvironment: readEnviron,
      argv: sources.argv,
      execArgv: sources.execArgv,
      settings,
    }),
  }));
  const { trigger } = request;
  const crash =
    trigger.kind === 'crash'
      ? guardSection('crash', 'Crash', () => {
          const data = collectCrash(trigger);
          return { data, facts: crashFacts(data) };
        })
      : undefined;
  const header = describeHeader({
    trigger: request.trigger,
    service: nameService(place, packageSection.data, sources.application),
    host: nameHost(place, sources.application),
    title: facts?.title,
    uptimeMs: timeMs - sources.startedMs,
    root,
    main: stateOfMain(threads),
    mainForMs: threads.threads[0]?.forMs,
    verdict: describeVerdict({
      threads,
      busiest: findBusiest(suspensions),
      inFlight: inFlight.data,
      crash: crash?.data ?? null,
      runtime: runtime.data,
      root,
    }),
    notes: [...answers.notes, ...said, ...tellReplacedStderr()],
  });
  const threadsTimed = { ...threadsSection, startMs: timeMs, endMs: Math.max(readEndMs, threadsSection.endMs) };
  const sections = [crash, packageSection, threadsTimed, greenThreads, inFlight, processes, configuration, runtime];
  const own = sections.filter((section) => section !== undefined);
  return {
    report: { id, timeMs, trigger: request.trigger, header, sections: [...own, ...collectRegistered(items)] },
    declared: listDeclared(items),
  };
}

/** Main's stack at a crash is ours: what was thrown has left its own. */
function describeAsked({ caller, trigger }: CollectRequest): AskedFrom | undefined {
  if (caller) return { frames: caller.frames, note: 'the stack of the call that asked for this report' };
  if (trigger.kind !== 'crash') return undefined;
  const stack = (trigger.error as { readonly stack?: Value } | null)?.stack;
  if (typeof stack !== 'string') return { frames: [], note: 'what was thrown has no stack' };
  return { frames: parseStack(stack), note: 'the stack of what was thrown' };
}

/** Of heaps that were read whole: of a part, it may be the lesser one. */
function findBusiest(suspensions: Suspensions | undefined): Busiest | undefined {
  const { busiest, data } = suspensions ?? {};
  return data?.threads.every((thread) => 'why' in thread || thread.whole) ? busiest : undefined;
}

function listDeclared(items: readonly Item[]): { readonly [group: string]: readonly string[] } {
  return Object.fromEntries(
    items.filter((item) => item.kind === 'group' && item.secret).map((item) => [item.title, item.secret ?? []]),
  );
}
