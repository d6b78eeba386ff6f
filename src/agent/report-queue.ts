import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Caller } from '../main-facts.js';
import type { ToAgent } from '../protocol.js';
import type { Trigger } from '../report.js';
import { createLimit } from './limit.js';

/** One report to be made. */
export interface Job {
  readonly trigger: Trigger;
  readonly print: boolean;
  readonly deliver: boolean;
  /** For a report of the API: its request and the caller's stack. */
  readonly asked?: { readonly request: number; readonly caller: Caller };
  /**
   * Later signals no longer join this job, since they want newer data. Returns sentences about the triggers that joined
   * or were refused.
   */
  readonly onRead: () => readonly string[];
  /** Gets the report's id once it is made. */
  readonly onMade?: (id: string) => void;
  /** Called when the text is out. */
  readonly onPrinted?: () => void;
  /** Called when its delivery has ended. */
  readonly onEnded?: () => void;
}

export interface QueueOptions {
  /** Makes one report. Does not reject. */
  readonly make: (job: Job) => Promise<void>;
  /** The limit on reports that triggers make. */
  readonly maxPerMinute: () => number;
  /** Called for each trigger that the limit refuses. `isFirst`: the first of several in a row. */
  readonly onLimit: (trigger: string, isFirst: boolean) => void;
}

type Task = () => Promise<void>;

/** A report that the program asks for. */
export type ReportRequest = Omit<Extract<ToAgent, { readonly type: 'generate' }>, 'type'>;

const MAX_WAITING = 100;

/** The report that new triggers join, until the main thread has been read for it. */
interface Joinable {
  readonly job: Job;
  /** Triggers that joined, by name. */
  readonly counts: Map<string, number>;
  readonly onMade: ((id: string) => void)[];
}

/** Makes reports one after the other. */
export class ReportQueue {
  readonly #options: QueueOptions;
  readonly #limit = createLimit();
  #isLimited = false;
  readonly #waiting: (Job | Task)[] = [];
  #joinable: Joinable | undefined;
  #running: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Joins the report that is about to be made, if there is one: the same moment needs no second report. */
  addTrigger(trigger: Trigger, onMade?: (id: string) => void): void {
    const name = nameTrigger(trigger);
    if (this.#joinable) join(this.#joinable, name, onMade);
    else if (this.#limit.admit(this.#options.maxPerMinute())) {
      this.#isLimited = false;
      this.#joinable = this.#createJoinable(trigger, onMade);
      this.#add(this.#joinable.job);
    } else {
      const isFirst = !this.#isLimited;
      this.#isLimited = true;
      this.#options.onLimit(name, isFirst);
    }
  }

  /** Adds the report of a crash before all others. The limit does not count it. */
  addCrash(trigger: Trigger, onPrinted: () => void, onEnded: () => void): void {
    const onRead = () => this.#describeRefused();
    this.#waiting.unshift({ trigger, print: true, deliver: true, onRead, onPrinted, onEnded });
    this.#start();
  }

  /** @returns false if too many are waiting */
  addRequest({ request, caller, print, deliver }: ReportRequest): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    const onRead = () => this.#describeRefused();
    this.#add({ trigger: { kind: 'api' }, print, deliver, asked: { request, caller }, onRead });
    return true;
  }

  /** Adds something else that prints. It must not reject. */
  addTask(task: Task): void {
    this.#add(task);
  }

  /** Whether something waits for the report that is being made. */
  isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when the queue is empty and idle. */
  async drained(): Promise<void> {
    await this.#running;
  }

  #createJoinable(trigger: Trigger, onMade: ((id: string) => void) | undefined): Joinable {
    const job: Job = {
      trigger,
      print: true,
      deliver: true,
      onRead: () => {
        if (this.#joinable === joinable) this.#joinable = undefined;
        return [...describeJoined(joinable.counts), ...this.#describeRefused()];
      },
      onMade: (id) => {
        for (const tell of joinable.onMade) tell(id);
      },
    };
    const joinable: Joinable = { job, counts: new Map(), onMade: onMade ? [onMade] : [] };
    return joinable;
  }

  #add(job: Job | Task): void {
    this.#waiting.push(job);
    this.#start();
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Every signal of this turn of the loop joins: the inspector's answers cannot come before its end.
      await nextTurn();
      const job = this.#waiting.shift();
      if (typeof job === 'function') await job();
      else if (job) await this.#options.make(job);
      // The report failed before main was read. A trigger that joined it now would never get a report.
      if (job !== undefined && this.#joinable?.job === job) this.#joinable = undefined;
    }
    // In the same step as the check of the loop: a job that is added from here on starts a new run.
    this.#running = undefined;
  }

  #describeRefused(): readonly string[] {
    return describeRefused(this.#limit.takeRefused(), this.#options.maxPerMinute());
  }
}

function join({ counts, onMade }: Joinable, name: string, callback: ((id: string) => void) | undefined): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (callback) onMade.push(callback);
}

function describeJoined(joined: ReadonlyMap<string, number>): readonly string[] {
  if (joined.size === 0) return [];
  const counts = [...joined].map(([signal, count]) => (count === 1 ? signal : `${signal} ${count} times`));
  return [`this report also answers what was heard while it was being made: ${counts.join(', ')}`];
}

function describeRefused(count: number, maxPerMinute: number): readonly string[] {
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
