import type { Header, ThreadState, Trigger, Verdict } from '../report.js';
import { showDuration } from '../views/duration.js';

export interface HeaderSources {
  readonly trigger: Trigger;
  readonly service: string;
  readonly host: string;
  /** `process.title`; undefined if main did not answer. */
  readonly title: string | undefined;
  readonly uptimeMs: number;
  /** The application's directory. */
  readonly root: string;
  readonly main: ThreadState;
  readonly mainForMs: number | undefined;
  readonly verdict: Verdict;
  readonly notes: readonly string[];
}

/** The header's lines, but for the report's id and time. */
export function describeHeader(sources: HeaderSources): Header {
  const { trigger, title, notes } = sources;
  const forwarded =
    'the signal was heard by the main thread only, not by the agent: such a one is late while the event loop is blocked';
  return {
    service: sources.service,
    host: sources.host,
    process: title && title !== 'node' && title !== process.execPath ? `${process.pid} (${title})` : `${process.pid}`,
    runtime: `node ${process.version} ${process.platform} ${process.arch}`,
    uptime: showDuration(sources.uptimeMs),
    root: sources.root,
    trigger: showTrigger(trigger),
    main: sources.main,
    ...(sources.mainForMs === undefined ? {} : { mainForMs: sources.mainForMs }),
    ...sources.verdict,
    notes: trigger.kind === 'signal' && trigger.heardBy === 'main' ? [...notes, forwarded] : notes,
  };
}

/** `signal SIGUSR1`, `file /run/app.gmr`, `stall of 500 ms`, `crash uncaughtException`, `api`. */
function showTrigger(trigger: Trigger): string {
  if (trigger.kind === 'signal') return `signal ${trigger.signal}`;
  if (trigger.kind === 'file') return `file ${trigger.path}`;
  if (trigger.kind === 'crash') return `crash ${trigger.origin}`;
  return trigger.kind === 'stall' ? `stall of ${trigger.stallMs} ms` : trigger.kind;
}
