import type { Reserve } from '../export/reserve.js';
import { createFrameReader } from '../frames/frames.js';
import { setOwnFile } from '../frames/own-file.js';
import type { ToMain } from '../protocol.js';
import type { SharedState } from '../shared-state.js';
import { expectStderr, sayAsJson } from '../stderr.js';
import type { CollectSources } from './collect.js';
import { createNativeStacks } from './native-stacks.js';
import { createOwnDescriptors } from './own-descriptors.js';
import { Reporter } from './reporter.js';

export interface ReportingOptions {
  /** See `StartData`. */
  readonly stderr: string | undefined;
  readonly startedMs: number;
  readonly ownFile: string;
  /** As they are at the time of a report. */
  readonly readSources: () => AgentSources;
  readonly shared: SharedState;
  readonly reserve: Reserve;
  readonly post: (message: ToMain) => void;
  /** Has something else printed, when no report is. */
  readonly enqueue: (task: () => Promise<void>) => void;
}

/** The sources that the agent's first half gives; this half adds those that it keeps from one report to the next. */
export type AgentSources = Omit<CollectSources, 'frames' | 'findOwnDescriptors' | 'reading'> & {
  readonly reading: Omit<CollectSources['reading'], 'natives'>;
};

export type Reporting = typeof startReporting;

/**
 * The agent's reporting half: all that reads, redacts, renders and sends. It is a file of its own, whose text the agent
 * has in memory from the start and compiles when the first report is asked for.
 */
export function startReporting(options: ReportingOptions): Reporter {
  const { stderr, startedMs, ownFile, readSources, shared, reserve, post, enqueue } = options;
  // This half has a copy of that module.
  expectStderr(stderr);
  setOwnFile(ownFile);
  const frames = createFrameReader({ startMs: startedMs, sourceLines: () => readSources().settings.sourceLines });
  const natives = createNativeStacks(() => readSources().settings.memoryReader);
  const findOwnDescriptors = createOwnDescriptors(() => reserve.list());
  const withKept = () => {
    const sources = readSources();
    sayAsJson(sources.settings.format === 'json');
    return { ...sources, frames, findOwnDescriptors, reading: { ...sources.reading, natives } };
  };
  return new Reporter({ readSources: withKept, shared, post, enqueue, reserve });
}
