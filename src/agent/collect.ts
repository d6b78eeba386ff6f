import { threadId } from 'node:worker_threads';
import { parseStack } from '../frames/stack-text.js';
import type { Item } from '../main-facts.js';
import { readEnviron } from '../procfs/environ.js';
import { ownThreadId } from '../procfs/thread.js';
import type { ThreadsData, Value } from '../report.js';
import { collectConfiguration } from '../sections/configuration.js';
import { collectCrash, crashFacts } from '../sections/crash.js';
import { collectGreenThreads } from '../sections/green-threads.js';
import { activeSpan, collectInFlight, inFlightFacts } from '../sections/in-flight.js';
import { collectPackage, findRoot } from '../sections/package.js';
import { readPoolSize } from '../sections/pool.js';
import { collectRegistered } from '../sections/registered.js';
import { collectRuntime } from '../sections/runtime.js';
import { collectSuspended, type Suspensions, suspendedFacts } from '../sections/suspended.js';
import type { AskedFrom } from '../sections/thread.js';
import { collectThreads, stateOfMain, threadFacts } from '../sections/threads.js';
import { tellReplacedStderr } from '../stderr.js';
import type { Collected, CollectRequest, CollectSources } from './collect-sources.js';
import { describeHandles } from './event-loop.js';
import { guardSection } from './guard.js';
import { describeHeader } from './header.js';
import { boundItems } from './items.js';
import { readProcess } from './readings.js';
import { nameHost, nameService } from './service.js';
import { createRestWalk, findBusiest, NO_REQUESTS } from './suspended-rest.js';
import { describeVerdict } from './verdict.js';

/** One report, not yet redacted. A section that fails contains its error. */
export async function collectReport(sources: CollectSources, request: CollectRequest): Promise<Collected> {
  const readings = await readProcess(sources, request);
  const { id, timeMs, answers, kernel, sinceTurnedMs, suspended, handles } = readings;
  const { settings, questions, place } = sources;
  const { trigger } = request;
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
    suspensions = collectSuspended(suspended.looks, sources.frames, facts?.inFlight ?? NO_REQUESTS);
    return {
      data: {
        ...collectGreenThreads(threads, answers.main, kernel.sockets, suspensions.data),
        ...(handles === undefined ? {} : { handles: describeHandles(handles, sources) }),
      },
      facts: suspendedFacts(suspensions, root),
    };
  });
  const runtime = guardSection('runtime', 'Runtime', () => ({
    data: collectRuntime({ ...sources, ...kernel, main: answers.main, sinceTurnedMs }),
  }));
  const inFlight = guardSection('in_flight', 'In Flight', () => {
    const data = collectInFlight(answers.main, work, suspensions?.waitsAt);
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
  const census = readings.wantsCensus
    ? guardSection('heap_census', 'Heap Census', () => sources.census.take(sources, timeMs))
    : undefined;
  const crash =
    trigger.kind === 'crash'
      ? guardSection('crash', 'Crash', () => {
          const data = collectCrash(trigger);
          return { data, facts: crashFacts(data) };
        })
      : undefined;
  const header = describeHeader({
    trigger,
    service: nameService(place, packageSection.data, sources.application),
    host: nameHost(place, sources.application),
    title: facts?.title,
    uptimeMs: readings.uptimeMs,
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
    notes: [...answers.notes, ...readings.said, ...suspended.notes, ...tellReplacedStderr()],
  });
  const threadsTimed = {
    ...threadsSection,
    startMs: timeMs,
    endMs: Math.max(readings.readEndMs, threadsSection.endMs),
  };
  const sections = [
    crash,
    packageSection,
    threadsTimed,
    greenThreads,
    inFlight,
    readings.processes,
    configuration,
    runtime,
    census,
  ];
  const own = sections.filter((section) => section !== undefined);
  return {
    report: { id, timeMs, trigger, header, sections: [...own, ...collectRegistered(items)] },
    declared: listDeclared(items),
    ...(suspended.isCut
      ? {
          walkRest: createRestWalk(sources.reading, answers.main, {
            id,
            timeMs,
            isIdle: stateOfMain(threads) === 'idle',
          }),
        }
      : {}),
  };
}

/** The stack of the caller, or of the thrown error. Main's own stack at a crash consists of our calls. */
function describeAsked({ caller, trigger }: CollectRequest): AskedFrom | undefined {
  if (caller) return { frames: caller.frames, note: 'the stack of the call that asked for this report' };
  if (trigger.kind !== 'crash') return undefined;
  const stack = (trigger.error as { readonly stack?: Value } | null)?.stack;
  if (typeof stack !== 'string') return { frames: [], note: 'what was thrown has no stack' };
  return { frames: parseStack(stack), note: 'the stack of what was thrown' };
}

function listDeclared(items: readonly Item[]): { readonly [group: string]: readonly string[] } {
  return Object.fromEntries(
    items.filter((item) => item.kind === 'group' && item.secret).map((item) => [item.title, item.secret ?? []]),
  );
}
