import type { Item } from '../main-facts.js';
import { readEnviron } from '../procfs/environ.js';
import type { Header, SectionOf } from '../report.js';
import { collectConfiguration } from '../sections/configuration.js';
import { findRoot } from '../sections/package.js';
import { collectRegistered } from '../sections/registered.js';
import { stateOfMain } from '../sections/threads.js';
import { tellReplacedStderr } from '../stderr.js';
import type { Collected, CollectRequest, CollectSources } from './collect-sources.js';
import { guardSection } from './guard.js';
import { describeHeader } from './header.js';
import { boundItems } from './items.js';
import { collectOwnSections, type Making, type OwnSections } from './own-sections.js';
import { readProcess } from './readings.js';
import { nameHost, nameService } from './service.js';
import { createRestWalk, findBusiest } from './suspended-rest.js';
import { describeVerdict } from './verdict.js';

/** One report, not yet redacted. A section that fails contains its error. */
export async function collectReport(sources: CollectSources, request: CollectRequest): Promise<Collected> {
  const readings = await readProcess(sources, request);
  const { id, timeMs, answers } = readings;
  const settling = sources.questions.awaitItems(id, answers.items, sources.settings.sectionDeadlineMs);
  const facts = answers.main.kind === 'facts' ? answers.main.facts : undefined;
  sources.application.hear(facts?.inFlight.resource);
  const making: Making = { sources, request, readings, facts, root: findRoot(sources.place) };
  const own = collectOwnSections(making);
  const items = boundItems(await settling);
  const configuration = collectConfigurationSection(making, items);
  const census = readings.wantsCensus
    ? guardSection('heap_census', 'Heap Census', () => sources.census.take(sources, timeMs))
    : undefined;
  const header = headerOf(making, own);
  const sections = [
    own.crash,
    own.package,
    own.threads,
    own.greenThreads,
    own.inFlight,
    readings.processes,
    configuration,
    own.runtime,
    census,
  ].filter((section) => section !== undefined);
  return {
    report: { id, timeMs, trigger: request.trigger, header, sections: [...sections, ...collectRegistered(items)] },
    declared: listDeclared(items),
    ...(readings.suspended.isCut
      ? {
          walkRest: createRestWalk(sources.reading, answers.main, {
            id,
            timeMs,
            isIdle: stateOfMain(own.threadsData) === 'idle',
          }),
        }
      : {}),
  };
}

function collectConfigurationSection(
  { sources, readings }: Making,
  items: readonly Item[],
): SectionOf<'configuration'> {
  const { argv, execArgv, settings } = sources;
  return guardSection('configuration', 'Configuration', () => ({
    data: collectConfiguration({
      items,
      main: readings.answers.main,
      startEnvironment: readEnviron,
      argv,
      execArgv,
      settings,
    }),
  }));
}

function headerOf({ sources, request, readings, facts, root }: Making, own: OwnSections): Header {
  const { place, application } = sources;
  const threads = own.threadsData;
  return describeHeader({
    trigger: request.trigger,
    service: nameService(place, own.package.data, application),
    host: nameHost(place, application),
    title: facts?.title,
    uptimeMs: readings.uptimeMs,
    root,
    main: stateOfMain(threads),
    mainForMs: threads.threads[0]?.forMs,
    verdict: describeVerdict({
      threads,
      busiest: findBusiest(own.suspensions),
      inFlight: own.inFlight.data,
      crash: own.crash?.data ?? null,
      runtime: own.runtime.data,
      root,
    }),
    notes: [...readings.answers.notes, ...readings.said, ...readings.suspended.notes, ...tellReplacedStderr()],
  });
}

function listDeclared(items: readonly Item[]): { readonly [group: string]: readonly string[] } {
  return Object.fromEntries(
    items.filter((item) => item.kind === 'group' && item.secret).map((item) => [item.title, item.secret ?? []]),
  );
}
