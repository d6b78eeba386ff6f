import { descriptorKind } from '../procfs/descriptors.js';
import { parseFields, parseKilobytes, parseNumber } from '../procfs/fields.js';
import { readLink, readText } from '../procfs/read.js';
import { readStat } from '../procfs/stat.js';
import { parseWchan } from '../procfs/thread.js';
import { hasEnded } from './signal-effect.js';

/** A process's main thread between two looks, as the kernel sees it. Looking costs the process nothing. */
export interface MainState {
  /** `waits for events`, `turning` (its event loop turns), `running`, `waits as in execSync`, `waits in WCHAN`, or the kernel's own. */
  readonly state: string;
  /** How long it has been away from its event loop, in milliseconds; undefined while that turns. */
  readonly forMs: number | undefined;
  /** How often it was met at its event loop after it had been away. */
  readonly returns: number;
  /** Of one CPU, by the whole process. */
  readonly cpuPercent: number;
  readonly rssBytes: number | undefined;
}

/** Where the thread waits. */
interface Place {
  /** The kernel's word: `sleeping`, … */
  readonly state: string;
  readonly wchan: string | undefined;
  /** The epoll that it waits at, if it waits for events and the kernel tells this user. */
  readonly epoll: number | undefined;
}

interface Look extends Place {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly mainCpuMs: number;
  /** How often it gave its CPU back to wait. */
  readonly waits: number;
}

/** The time since the thread was last seen at its event loop. */
interface Absence {
  readonly sinceMs: number;
  /** How often it had waited before. */
  readonly waits: number;
  glances: number;
}

/** Share of the time between two looks. With less CPU time than that, the thread counts as not running. */
const RUNNING_SHARE = 0.5;
/** The kernel's functions in which an event loop waits for events. */
const EVENTS = /^(?:do_)?ep(?:oll)?_(?:wait|poll)|^do_epoll/;
/** Between two glances at a thread that is not idle, in milliseconds. */
export const GLANCE_MS = 5;
/**
 * A thread that waits now and then may wait for events, or for the helpers of V8's garbage collector, as a loop that makes
 * objects does. After so many glances that never met it at its event loop, it is not there. A loop that waits for events
 * for a tenth of the time is missed by as many in 2 of 1000 cases.
 */
const ENOUGH_GLANCES = 60;

/** The main thread of one process, from one look to the next. */
export class MainWatch {
  readonly #pid: number;
  #startedMs: number | undefined;
  #last: Look | undefined;
  #absence: Absence | undefined;
  #returns = 0;
  /** The epoll of its event loop. */
  #loop: number | undefined;
  /** Whether the kernel tells this user where it waits. */
  #isPlaceTold = false;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Undefined if the process has gone. The first look has only the kernel's state, since it has nothing to compare with. */
  look(): MainState | undefined {
    const now = this.#read();
    if (!now) return undefined;
    const last = this.#last;
    this.#last = now;
    const rssBytes = parseKilobytes(parseFields(readText(`/proc/${this.#pid}/status`) ?? '').get('VmRSS'));
    const isIdle = this.#isIdle(now);
    if (isIdle) this.#return();
    const returns = this.#returns;
    if (!last) return { state: describe(now, false, isIdle), forMs: undefined, returns, cpuPercent: 0, rssBytes };
    const elapsedMs = now.atMs - last.atMs;
    const cpuPercent = Math.round((100 * (now.cpuMs - last.cpuMs)) / elapsedMs);
    const hasRun = now.mainCpuMs - last.mainCpuMs >= RUNNING_SHARE * elapsedMs;
    const sinceMs = isIdle ? undefined : this.#absentSinceMs(last, now);
    const isTurning = sinceMs === undefined && now.waits !== last.waits;
    const state = isTurning ? 'turning' : describe(now, hasRun, isIdle);
    return { state, forMs: sinceMs === undefined ? undefined : now.atMs - sinceMs, returns, cpuPercent, rssBytes };
  }

  /** Every GLANCE_MS between two looks: whether a thread that was not idle is at its event loop by now. */
  glance(): void {
    if (!this.#absence) return;
    this.#absence.glances += 1;
    const thread = `/proc/${this.#pid}/task/${this.#pid}`;
    const wchan = parseWchan(readText(`${thread}/wchan`));
    if (wchan === undefined || !EVENTS.test(wchan)) return;
    if (this.#isIdle({ state: 'sleeping', wchan, epoll: readEpoll(thread) })) this.#return();
  }

  #return(): void {
    if (this.#absence) this.#returns += 1;
    this.#absence = undefined;
  }

  /** Undefined if its event loop may have turned since the last look. */
  #absentSinceMs(last: Look, now: Look): number | undefined {
    const hasWaited = now.waits !== last.waits;
    this.#absence ??= { sinceMs: (hasWaited ? now : last).atMs, waits: last.waits, glances: 0 };
    this.#absence.glances += 1;
    const { sinceMs, waits, glances } = this.#absence;
    if (now.waits === waits || glances >= ENOUGH_GLANCES) return sinceMs;
    return hasWaited ? undefined : last.atMs;
  }

  #read(): Look | undefined {
    const directory = `/proc/${this.#pid}`;
    const thread = `${directory}/task/${this.#pid}`;
    const whole = readStat(directory);
    const main = readStat(thread);
    if (!whole || !main || hasEnded(whole)) return undefined;
    // Pids are used again.
    this.#startedMs ??= whole.startedAfterBootMs;
    if (whole.startedAfterBootMs !== this.#startedMs) return undefined;
    const fields = parseFields(readText(`${thread}/status`) ?? '');
    const wchan = parseWchan(readText(`${thread}/wchan`));
    return {
      atMs: performance.now(),
      cpuMs: whole.userCpuMs + whole.systemCpuMs,
      mainCpuMs: main.userCpuMs + main.systemCpuMs,
      waits: parseNumber(fields.get('voluntary_ctxt_switches')) ?? 0,
      state: main.state,
      wchan,
      epoll: EVENTS.test(wchan ?? '') ? readEpoll(thread) : undefined,
    };
  }

  /** Whether it waits at its event loop. `execSync` has a loop of its own, while that of the program stays open. */
  #isIdle({ state, wchan, epoll }: Place): boolean {
    if (wchan !== undefined) this.#isPlaceTold = true;
    if (state !== 'sleeping') return false;
    // It has been woken since its state was read. Where the kernel tells no place at all, no wait is called too long.
    if (wchan === undefined) return !this.#isPlaceTold;
    if (!EVENTS.test(wchan)) return false;
    if (epoll === undefined || epoll === this.#loop) return true;
    if (this.#loop !== undefined && this.#isEpoll(this.#loop)) return false;
    this.#loop = epoll;
    return true;
  }

  #isEpoll(fd: number): boolean {
    return descriptorKind(readLink(`/proc/${this.#pid}/fd/${fd}`) ?? '') === 'epoll';
  }
}

/** Of proc_pid_syscall(5), `281 0x10 0x7ffc…`: the first argument. */
function readEpoll(thread: string): number | undefined {
  const argument = /^\d+ 0x([0-9a-f]{1,8})\b/.exec(readText(`${thread}/syscall`) ?? '')?.[1];
  return argument === undefined ? undefined : Number.parseInt(argument, 16);
}

function describe({ state, wchan }: Look, hasRun: boolean, isIdle: boolean): string {
  if (hasRun) return 'running';
  if (state !== 'sleeping') return state;
  if (wchan === undefined) return 'waits';
  if (!EVENTS.test(wchan)) return `waits in ${wchan}`;
  return isIdle ? 'waits for events' : 'waits as in execSync';
}
