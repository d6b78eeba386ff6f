import type { Header, ThreadState, Trigger } from '../report.js';

export interface HeaderSources {
  readonly trigger: Trigger;
  readonly service: string;
  readonly host: string;
  /** `process.title`, where main could tell it. */
  readonly title: string | undefined;
  readonly uptimeMs: number;
  readonly main: ThreadState;
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
    trigger: showTrigger(trigger),
    main: sources.main,
    notes: trigger.kind === 'signal' && trigger.heardBy === 'main' ? [...notes, forwarded] : notes,
  };
}

/** `signal SIGUSR1`, `file /run/app.gmr`, `stall of 500 ms`, `crash uncaughtException`, `api`. */
export function showTrigger(trigger: Trigger): string {
  if (trigger.kind === 'signal') return `signal ${trigger.signal}`;
  if (trigger.kind === 'file') return `file ${trigger.path}`;
  if (trigger.kind === 'crash') return `crash ${trigger.origin}`;
  return trigger.kind === 'stall' ? `stall of ${trigger.stallMs} ms` : trigger.kind;
}

/** `3 d 4 h 5 min 6 s`, from the first unit that counts; parts of a second below ten. */
export function showDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  return parts
    .slice(parts.findIndex(([count]) => count > 0))
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
