import { relative, sep } from 'node:path';
import { definedOnly } from '../procfs/fields.js';
import type {
  CrashData,
  Frame,
  InFlightData,
  InFlightRequest,
  Thread,
  ThreadsData,
  ValueMap,
  Verdict,
} from '../report.js';
import { isMap } from '../report.js';
import { type Busiest, tellBusiest } from '../sections/suspended.js';
import { showAge } from '../views/duration.js';
import { showState } from '../views/threads.js';

export interface VerdictSources {
  readonly threads: ThreadsData;
  /** Where most suspended functions wait. */
  readonly busiest: Busiest | undefined;
  readonly inFlight: InFlightData | null;
  readonly crash: CrashData | null;
  readonly runtime: ValueMap | null;
  /** The application's directory: its files have their path from there. */
  readonly root: string;
}

/** The answer, before the sections: what main does, for whom, and what it waits for. */
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

/** Of main: a child, a native function, or, where it is idle, what most of its work waits for. */
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
  const made = (inFlight?.requests ?? []).filter(({ direction }) => direction === 'made');
  const [oldest] = made;
  return oldest && `${tellRequest(oldest)}${made.length > 1 ? `, and ${made.length - 1} more that it has made` : ''}`;
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
    ...(isAll && served > 0 ? [count(served, 'request served', 'requests served')] : []),
    ...(isAll && made > 0 ? [served > 0 ? `${made} made` : count(made, 'request made', 'requests made')] : []),
    ...(isAll ? [] : [count(requestCount, 'request', 'requests')]),
    ...(spanCount > 0 ? [count(spanCount, 'span', 'spans')] : []),
  ];
  if (counts.length === 0) return undefined;
  const [request] = requests;
  const [span] = spans;
  const oldest = request ? tellRequest(request) : span && `${span.name}, ${showAge(span.ageMs)}`;
  return `${counts.join(', ')}; the oldest is ${oldest}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

const MAX_MESSAGE_CHARACTERS = 300;

/** `TypeError: x is not a function`. */
function tellThrown({ error }: CrashData): string {
  const { name, message } = isMap(error) ? error : { name: undefined, message: error };
  const text = [name, message]
    .filter((part) => part !== undefined && part !== '')
    .map(String)
    .join(': ');
  const [line = ''] = text.split('\n');
  return line.length > MAX_MESSAGE_CHARACTERS ? `${line.slice(0, MAX_MESSAGE_CHARACTERS - 1).toWellFormed()}…` : line;
}

/** A heap is in the verdict if it has this share of V8's limit, in percent. */
const NEAR_LIMIT = 85;

function tellMemory({ heap }: ValueMap): string | undefined {
  const percent = isMap(heap) ? heap.usedOfLimitPercent : undefined;
  return typeof percent === 'number' && percent >= NEAR_LIMIT ? `the heap is ${percent} % full` : undefined;
}
