import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RawFrame } from '../frames/raw.js';
import type { Trigger } from '../report.js';
import { createLimit } from './limit.js';

/** One report to be made. */
export interface Job {
  readonly trigger: Trigger;
  readonly print: boolean;
  /** For a report of the api: its request and the stack it was asked from. */
  readonly asked?: { readonly request: number; readonly caller: readonly RawFrame[] };
  /** Closes the job to later signals: they want what is newer. Returns what is to be said of those it stands for. */
  readonly onRead: () => readonly string[];
}

export interface Queue {
  /** A signal joins the report that is about to be made, if there is one: the same moment needs no second report. */
  addSignal(signal: string, heardBy: 'agent' | 'main'): void;
  /** False when too many wait already. */
  addRequest(request: number, caller: readonly RawFrame[], print: boolean): boolean;
  /** Resolves when nothing is being made and nothing waits. */
  drained(): Promise<void>;
}

const MAX_WAITING = 100;

/**
 * Has one report made after the other. `make` does not reject; `maxPerMinute`: of those that signals make; `onLimit`: the
 * first signal that makes none.
 */
export function createQueue(
  make: (job: Job) => Promise<void>,
  maxPerMinute: () => number,
  onLimit: (signal: string) => void,
): Queue {
  const limit = createLimit();
  let limited = false;
  const waiting: Job[] = [];
  /** What the signals that are heard now add to: the last signal's job, until main has been read for it. */
  let joinable: Map<string, number> | undefined;
  let running: Promise<void> | undefined;

  const add = (job: Job) => {
    waiting.push(job);
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  const run = async () => {
    while (waiting.length > 0) {
      // All that this turn of the loop has heard joins, and the inspector's answers cannot come in between.
      await nextTurn();
      const job = waiting.shift();
      if (job) await make(job);
    }
  };

  const sayRefused = () => tellRefused(limit.takeRefused(), maxPerMinute());

  return {
    addSignal(signal, heardBy) {
      if (joinable) {
        joinable.set(signal, (joinable.get(signal) ?? 0) + 1);
        return;
      }
      if (!limit.admit(maxPerMinute())) {
        if (!limited) onLimit(signal);
        limited = true;
        return;
      }
      limited = false;
      const joined = new Map<string, number>();
      joinable = joined;
      const onRead = () => {
        if (joinable === joined) joinable = undefined;
        return [...tellJoined(joined), ...sayRefused()];
      };
      add({ trigger: { kind: 'signal', signal, heardBy }, print: true, onRead });
    },
    addRequest(request, caller, print) {
      if (waiting.length >= MAX_WAITING) return false;
      add({ trigger: { kind: 'api' }, print, asked: { request, caller }, onRead: sayRefused });
      return true;
    },
    drained: async () => {
      await running;
    },
  };
}

function tellJoined(joined: ReadonlyMap<string, number>): readonly string[] {
  if (joined.size === 0) return [];
  const counts = [...joined].map(([signal, count]) => (count === 1 ? signal : `${signal} ${count} times`));
  return [`this report also answers what was heard while it was being made: ${counts.join(', ')}`];
}

function tellRefused(count: number, maxPerMinute: number): readonly string[] {
  if (count === 0) return [];
  const signals = count === 1 ? '1 signal' : `${count} signals`;
  return [
    `${signals} before this one made no report: there had been ${maxPerMinute} in a minute (GMR_MAX_REPORTS_PER_MINUTE)`,
  ];
}
