import type { Item } from '../main-facts.js';
import type { ConfigurationData, Value } from '../report.js';
import type { Settings } from '../settings.js';
import type { MainAnswer } from './sources.js';

export interface ConfigurationSources {
  readonly items: readonly Item[];
  readonly main: MainAnswer;
  /** The environment at the start of the process, for a main thread that cannot give the present one. */
  readonly startEnvironment: () => { readonly [name: string]: string } | undefined;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly settings: Settings;
}

/** Registered groups, environment, command line, Node's options and ours. Nothing here is masked yet. */
export function collectConfiguration(sources: ConfigurationSources): ConfigurationData {
  const { main, settings, argv, execArgv } = sources;
  const present = main.kind === 'facts' ? main.facts.environment : undefined;
  const environment = present ?? sources.startEnvironment() ?? { ...process.env };
  const nodeOptions = environment.NODE_OPTIONS;
  return {
    groups: collectGroups(sources.items),
    environment: sortKeys(environment as { [name: string]: string }),
    commandLine: argv,
    nodeOptions: { execArgv, ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}) },
    settings: { ...settings },
    ...(present ? {} : { note: 'the environment is that of the start of the process: main did not answer' }),
  };
}

function collectGroups(items: readonly Item[]): { readonly [group: string]: Value } {
  const groups: Record<string, Value> = {};
  for (const item of items)
    if (item.kind === 'group') groups[item.title] = item.data ?? `[${item.error ?? item.status}]`;
  return groups;
}

function sortKeys(map: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
