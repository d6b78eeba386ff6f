import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Caller } from '../protocol.js';
import type { Trigger } from '../report.js';
import { createLimit } from './limit.js';

/** One report to be made. */
export interface Job {
  readonly trigger: Trigger;
  readonly print: boolean;
  /** For a report of the api: its request and the stack it was asked from. */
  readonly asked?: { readonly request: number; readonly caller: Caller };
  /** Closes the job to later signals: they want what is newer. Returns what is to be said of those it stands for. */
  readonly onRead: () => readonly string[];
  /** Gets the report's id once it is made. */
  readonly onMade?: (id: string) => void;
  /** Called when the text is out. */
  readonly onPrinted?: () => void;
  /** Called when it is known what became of it. */
  readonly onEnded?: () => void;
}

export interface Queue {
  /** Joins the report that is about to be made, if there is one: the same moment needs no second report. */
  addTrigger(trigger: Trigger, onMade?: (id: string) => void): void;
  /** A crash's, before what waits: it is not bound by the limit. */
  addCrash(trigger: Trigger, onPrinted: () => void, onEnded: () => void): void;
  /** False when too many wait already. */
  addRequest(request: number, caller: Caller, print: boolean): boolean;
  /** Something else that is printed, once what is being made is. It does not reject. */
  addTask(task: () => Promise<void>): void;
  /** Resolves when nothing is being made and nothing waits. */
  drained(): Promise<void>;
}

const MAX_WAITING = 100;

interface Joined {
  job?: Job;
  readonly counts: Map<string, number>;
  readonly onMade: ((id: string) => void)[];
}

/**
 * Has one report made after the other. `make` does not reject; `maxPerMinute`: of those that triggers make; `onLimit`: the
 * first trigger that makes none.
 */
export function createQueue(
  make: (job: Job) => Promise<void>,
  maxPerMinute: () => number,
  onLimit: (trigger: string) => void,
): Queue {
  const limit = createLimit();
  let limited = false;
  const waiting: (Job | (() => Promise<void>))[] = [];
  /** What the triggers that come now add to: the last trigger's job, until main has been read for it. */
  let joinable: Joined | undefined;
  let running: Promise<void> | undefined;

  const add = (job: Job | (() => Promise<void>)) => {
    waiting.push(job);
    start();
  };
  const start = () => {
    running ??= run();
  };
  const run = async () => {
    while (waiting.length > 0) {
      // All that this turn of the loop has heard joins, and the inspector's answers cannot come in between.
      await nextTurn();
      const job = waiting.shift();
      if (typeof job === 'function') await job();
      else if (job) await make(job);
      // One that failed before main was read is joined no more: nobody would ever answer.
      if (job !== undefined && joinable?.job === job) joinable = undefined;
    }
    // At once with the look at what waits: what is added from here on starts anew.
    running = undefined;
  };

  const sayRefused = () => tellRefused(limit.takeRefused(), maxPerMinute());

  return {
    addTrigger(trigger, onMade) {
      const name = nameTrigger(trigger);
      if (joinable) {
        joinable.counts.set(name, (joinable.counts.get(name) ?? 0) + 1);
        if (onMade) joinable.onMade.push(onMade);
        return;
      }
      if (!limit.admit(maxPerMinute())) {
        if (!limited) onLimit(name);
        limited = true;
        return;
      }
      limited = false;
      const joined: Joined = { counts: new Map(), onMade: onMade ? [onMade] : [] };
      joinable = joined;
      const onRead = () => {
        if (joinable === joined) joinable = undefined;
        return [...tellJoined(joined.counts), ...sayRefused()];
      };
      const tellMade = (id: string) => {
        for (const tell of joined.onMade) tell(id);
      };
      joined.job = { trigger, print: true, onRead, onMade: tellMade };
      add(joined.job);
    },
    addCrash(trigger, onPrinted, onEnded) {
      waiting.unshift({ trigger, print: true, onRead: sayRefused, onPrinted, onEnded });
      start();
    },
    addRequest(request, caller, print) {
      if (waiting.length >= MAX_WAITING) return false;
      add({ trigger: { kind: 'api' }, print, asked: { request, caller }, onRead: sayRefused });
      return true;
    },
    addTask: add,
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
  const triggers = count === 1 ? '1 trigger' : `${count} triggers`;
  return [
    `${triggers} before this one made no report: there had been ${maxPerMinute} in a minute (GMR_MAX_REPORTS_PER_MINUTE)`,
  ];
}

function nameTrigger(trigger: Trigger): string {
  if (trigger.kind === 'signal') return trigger.signal;
  return trigger.kind === 'file' ? 'the file trigger' : `a ${trigger.kind}`;
}
