import type { ParseConfigFile } from '../export/config-file/parse.js';
import { type ConfigFile, readConfigFile } from '../export/config-file/read.js';
import type { Reserve } from '../export/reserve.js';
import { createFrameReader } from '../frames/frames.js';
import { setOwnFile } from '../frames/own-file.js';
import type { ToMain } from '../protocol.js';
import type { SharedState } from '../shared-state.js';
import { expectStderr, sayAsJson } from '../stderr.js';
import type { CollectSources } from './collect-sources.js';
import { HeapCensuses } from './heap-censuses.js';
import { createNativeStacks } from './native-stacks.js';
import { createOwnDescriptors } from './own-descriptors.js';
import { Reporter } from './reporter.js';

export interface ReportingOptions {
  /** See `StartData`. */
  readonly stderr: string | undefined;
  readonly ownFile: string;
  /** As they are at the time of a report. */
  readonly readSources: () => AgentSources;
  /** Loads the parser of `OTEL_CONFIG_FILE`. */
  readonly loadParser: () => ParseConfigFile;
  readonly shared: SharedState;
  readonly reserve: Reserve;
  readonly post: (message: ToMain) => void;
  /** Adds a task that prints something else. It runs while no report is being made. */
  readonly enqueue: (task: () => Promise<void>) => void;
  /** Whether another report waits for the one that is being made. */
  readonly isWaitedFor: () => boolean;
}

/** The sources that the agent's first half gives; this half adds those that it keeps from one report to the next. */
export type AgentSources = Omit<
  CollectSources,
  'frames' | 'findOwnDescriptors' | 'census' | 'reading' | 'configFile'
> & {
  readonly reading: Omit<CollectSources['reading'], 'natives'>;
};

export type Reporting = typeof startReporting;

/**
 * The agent's reporting half: all that reads, redacts, renders and sends. It is a file of its own, whose text the agent
 * has in memory from the start and compiles when the first report is asked for.
 */
export function startReporting(options: ReportingOptions): Reporter {
  const { stderr, ownFile, readSources, loadParser, shared, reserve, post, enqueue, isWaitedFor } = options;
  // This half has a copy of that module.
  expectStderr(stderr);
  setOwnFile(ownFile);
  const frames = createFrameReader({
    startMs: performance.timeOrigin,
    sourceLines: () => readSources().settings.sourceLines,
  });
  const natives = createNativeStacks(() => readSources().settings.memoryReader);
  const census = new HeapCensuses();
  const findOwnDescriptors = createOwnDescriptors(() => reserve.list());
  let configFile: ConfigFile | undefined;
  const withKept = () => {
    const sources = readSources();
    sayAsJson(sources.settings.format === 'json');
    configFile ??= readConfigFile(process.env, sources.place.cwd, loadParser);
    // A name of the service in it is that of the report's header, too.
    const attributes = { ...configFile.declared?.attributes, ...sources.place.attributes };
    const place = { ...sources.place, attributes };
    const reading = { ...sources.reading, natives };
    return { ...sources, configFile, place, frames, findOwnDescriptors, census, reading };
  };
  return new Reporter({ readSources: withKept, shared, post, enqueue, isWaitedFor, reserve });
}
