import { relative, sep } from 'node:path';
import { namePlace } from '../place-name.js';
import { definedOnly } from '../procfs/fields.js';
import type {
  CrashData,
  Frame,
  InFlightData,
  InFlightRequest,
  Thread,
  ThreadsData,
  Value,
  ValueMap,
  Verdict,
} from '../report.js';
import { isMap } from '../report.js';
import type { Busiest } from '../sections/suspended.js';
import { showAge } from '../views/duration.js';
import { showSettler } from '../views/settler.js';
import { showState } from '../views/threads.js';
import { showCount } from '../views/view.js';

export interface VerdictSources {
  readonly threads: ThreadsData;
  /** The place where most suspended functions wait. */
  readonly busiest: Busiest | undefined;
  readonly inFlight: InFlightData | null;
  readonly crash: CrashData | null;
  readonly runtime: ValueMap | null;
  /** The application's directory: its files have their path from there. */
  readonly root: string;
}

/** The answer, before the sections: main's work, the request that it serves, and the thing that it waits for. */
export function describeVerdict({ threads, busiest, inFlight, crash, runtime, root }: VerdictSources): Verdict {
  const [main, ...workers] = threads.threads;
  const serving = inFlight?.requests.find(({ active, direction }) => active && direction === 'served');
  return definedOnly<Verdict>({
    at: main && tellPlace(main, root),
    waitsFor: main && tellWait(main, busiest, inFlight),
    workers: tellWorkers(workers, root),
    serving: serving && tellRequest(serving),
    inFlight: inFlight ? tellInFlight(inFlight) : undefined,
    thrown: crash ? tellThrown(crash) : undefined,
    memory: runtime ? tellMemory(runtime) : undefined,
  });
}

/** `lib/checkout.mjs:14 in applyVoucher`: the innermost call of the application, or of all. */
function tellPlace({ frames }: Thread, root: string): string | undefined {
  const frame = frames.find(({ origin }) => origin === 'application') ?? frames[0];
  return frame && `${tellFile(frame, root)} in ${frame.function}`;
}

function tellFile({ file, line }: Frame, root: string): string {
  if (line === 0) return file || 'native code';
  const inside = file.startsWith(root.endsWith(sep) ? root : root + sep);
  return `${inside ? relative(root, file) : file}:${line}`;
}

/** The thing that main waits for: a child, a native function or, if main is idle, the thing that most of its work waits for. */
function tellWait(
  { state, child, callee, kernel }: Thread,
  busiest: Busiest | undefined,
  inFlight: InFlightData | null,
): string | undefined {
  if (child) return `${child.command} (pid ${child.pid})`;
  if (state === 'in native code' && callee !== undefined)
    return `${callee}${kernel?.syscall ? ` (system call ${kernel.syscall})` : ''}`;
  if (state !== 'idle') return undefined;
  if (busiest) return tellBusiest(busiest);
  return inFlight ? tellMade(inFlight) : undefined;
}

function tellMade({ requests, requestCount }: InFlightData): string | undefined {
  const made = requests.filter(({ direction }) => direction === 'made');
  const [oldest] = made;
  if (!oldest || made.length === 1) return oldest && tellRequest(oldest);
  const more = `${requests.length < requestCount ? 'at least ' : ''}${made.length - 1} more`;
  return `${tellRequest(oldest)}, and ${more} that it has made`;
}

/** `50 of 51 requests at loadCart cart.mjs:9, kept in Pool.waiting (51)`; suspended calls, if no request is known to wait. */
export function tellBusiest({ frame, count, of, settler, requests }: Busiest): string {
  return `${requests ? tellRequests(requests) : `${count} of ${showCount(of, 'suspended call')}`} at ${namePlace(frame)}${settler ? `, ${showSettler(settler)}` : ''}`;
}

function tellRequests({ count, of, areAll }: NonNullable<Busiest['requests']>): string {
  return areAll ? `${count} of ${showCount(of, 'request')}` : `${count} of the ${of} oldest requests`;
}

const MAX_WORKERS = 3;

/** Workers that do something. */
function tellWorkers(workers: readonly Thread[], root: string): string | undefined {
  const busy = workers.filter(({ state }) => state !== 'idle');
  if (busy.length === 0) return undefined;
  const told = busy.slice(0, MAX_WORKERS).map((worker) => {
    const place = tellPlace(worker, root);
    const state = showState(worker.state, worker.forMs, worker.child);
    return `#${worker.id} ${worker.name} ${state}${place === undefined ? '' : ` at ${place}`}`;
  });
  const left = busy.length - told.length;
  return `${told.join('; ')}${left > 0 ? `; ${left} more` : ''} (${busy.length} of ${workers.length})`;
}

/** `POST /checkout, 1.7 s`; of one that is made, `POST stock:8080/reserve, 1.7 s`. */
function tellRequest({ direction, method, path, peer, ageMs }: InFlightRequest): string {
  const host = direction === 'made' && peer !== undefined ? peer : '';
  return `${method} ${host}${path}, ${showAge(ageMs)}`;
}

/** `50 requests served, 2 made, 51 spans; the oldest is GET /cart, 2.1 s`. */
function tellInFlight({ requests, requestCount, spans, spanCount }: InFlightData): string | undefined {
  const served = requests.filter(({ direction }) => direction === 'served').length;
  const made = requests.length - served;
  const isAll = requests.length === requestCount;
  const counts = [
    ...(isAll && served > 0 ? [showCount(served, 'request served', 'requests served')] : []),
    ...(isAll && made > 0 ? [served > 0 ? `${made} made` : showCount(made, 'request made', 'requests made')] : []),
    ...(isAll ? [] : [showCount(requestCount, 'request', 'requests')]),
    ...(spanCount > 0 ? [showCount(spanCount, 'span', 'spans')] : []),
  ];
  if (counts.length === 0) return undefined;
  const [request] = requests;
  const [span] = spans;
  const oldest = request ? tellRequest(request) : span && `${span.name}, ${showAge(span.ageMs)}`;
  return `${counts.join(', ')}; the oldest is ${oldest}`;
}

const MAX_MESSAGE_CHARACTERS = 300;

/** `TypeError: x is not a function`; of an object that is no error, `an object with code, path`. */
function tellThrown({ error }: CrashData): string {
  const { name, message } = isMap(error) ? error : { name: undefined, message: error };
  const parts = [name, message].filter((part) => part !== undefined && part !== '' && typeof part !== 'object');
  const text = parts.length > 0 ? parts.map(String).join(': ') : tellObject(error);
  const [line = ''] = text.split('\n');
  return line.length > MAX_MESSAGE_CHARACTERS ? `${line.slice(0, MAX_MESSAGE_CHARACTERS - 1).toWellFormed()}…` : line;
}

function tellObject(value: Value): string {
  if (typeof value !== 'object' || value === null) return value === '' ? 'an empty text' : String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an object without keys' : `an object with ${keys.join(', ')}`;
}

/** A heap is in the verdict if it has this share of V8's limit, in percent. */
const NEAR_LIMIT = 85;

function tellMemory({ heap }: ValueMap): string | undefined {
  const percent = isMap(heap) ? heap.usedOfLimitPercent : undefined;
  return typeof percent === 'number' && percent >= NEAR_LIMIT ? `the heap is ${percent} % full` : undefined;
}
