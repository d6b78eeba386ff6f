import { parseFields, parseKilobytes, parseNumber } from '../procfs/fields.js';
import { readText } from '../procfs/read.js';
import { parseStat } from '../procfs/stat.js';
import { parseWchan } from '../procfs/thread.js';

/** A process's main thread between two looks, as the kernel sees it. Looking costs the process nothing. */
export interface MainState {
  /** `waits for events`, `turning` (its event loop turns), `running`, `waits in WCHAN`, or another state of the kernel's. */
  readonly state: string;
  /** How long it has been at the same place, in milliseconds; undefined while its event loop turns. */
  readonly forMs: number | undefined;
  /** Of one CPU, by the whole process. */
  readonly cpuPercent: number;
  readonly rssBytes: number | undefined;
}

interface Look {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly mainCpuMs: number;
  /** How often it gave its CPU back to wait. */
  readonly waits: number;
}

/** Of the time between two looks: below that it did not run. */
const RUNNING_SHARE = 0.5;
/** The kernel's functions in which an event loop waits for events. */
const EVENTS = /^(?:do_)?ep(?:oll)?_(?:wait|poll)|^ep_poll|^do_epoll/;

/** The main thread of one process, from one look to the next. */
export class MainWatch {
  readonly #pid: number;
  #last: Look | undefined;
  #sinceMs: number | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Undefined if the process has gone. The first look has no state to tell but the kernel's. */
  look(): MainState | undefined {
    const directory = `/proc/${this.#pid}`;
    const whole = parseStat(readText(`${directory}/stat`) ?? '');
    const main = parseStat(readText(`${directory}/task/${this.#pid}/stat`) ?? '');
    if (!whole || !main) return undefined;
    const fields = parseFields(readText(`${directory}/task/${this.#pid}/status`) ?? '');
    const now = {
      atMs: performance.now(),
      cpuMs: whole.userCpuMs + whole.systemCpuMs,
      mainCpuMs: main.userCpuMs + main.systemCpuMs,
      waits: parseNumber(fields.get('voluntary_ctxt_switches')) ?? 0,
    };
    const last = this.#last;
    this.#last = now;
    const rssBytes = parseKilobytes(parseFields(readText(`${directory}/status`) ?? '').get('VmRSS'));
    const wchan = parseWchan(readText(`${directory}/task/${this.#pid}/wchan`));
    if (!last) return { state: describe(main.state, wchan, false), forMs: undefined, cpuPercent: 0, rssBytes };
    const elapsedMs = now.atMs - last.atMs;
    const cpuPercent = Math.round((100 * (now.cpuMs - last.cpuMs)) / elapsedMs);
    const hasRun = now.mainCpuMs - last.mainCpuMs >= RUNNING_SHARE * elapsedMs;
    // A loop that turns waits for events now and then: these waits are counted.
    const isStuck = now.waits === last.waits && !(main.state === 'sleeping' && EVENTS.test(wchan ?? ''));
    if (!isStuck) this.#sinceMs = undefined;
    else this.#sinceMs ??= last.atMs;
    const state = isStuck || now.waits === last.waits ? describe(main.state, wchan, hasRun) : 'turning';
    return { state, forMs: this.#sinceMs === undefined ? undefined : now.atMs - this.#sinceMs, cpuPercent, rssBytes };
  }
}

function describe(state: string, wchan: string | undefined, hasRun: boolean): string {
  if (hasRun) return 'running';
  if (state !== 'sleeping') return state;
  if (wchan === undefined) return 'waits';
  return EVENTS.test(wchan) ? 'waits for events' : `waits in ${wchan}`;
}
