import type { FrameReader } from '../frames/frames.js';
import { stackHash } from '../frames/stack-hash.js';
import type { InFlightFacts, RequestFact } from '../main-facts.js';
import { nameSettler } from '../place-name.js';
import type { RawFrame } from '../raw-frame.js';
import type { CalledFunction, Frame, Section, SuspendedData, SuspendedSettler, SuspendedThread } from '../report.js';
import { describeSuspendedThread, type Requests, type SuspendedSource, type Wait } from './suspended-thread.js';

/** The suspended functions by thread, and the places at which they wait. */
export interface Suspensions {
  readonly data: SuspendedData;
  /**
   * The innermost place of the application at which most served requests wait; if none is known to wait, the one
   * at which most chains end, of all threads.
   */
  readonly busiest?: Busiest;
  /** Where each served request waits, by its number. */
  readonly waitsAt: ReadonlyMap<number, CalledFunction>;
}

export interface Busiest {
  readonly frame: Frame;
  readonly raw: RawFrame;
  /** First functions of chains that wait there, of all whose chain comes to the application. */
  readonly count: number;
  readonly of: number;
  readonly settler?: SuspendedSettler;
  /** How many served requests wait there, of how many in flight; `areAll` is false if `of` counts the oldest alone. */
  readonly requests?: { readonly count: number; readonly of: number; readonly areAll: boolean };
}

/** @param inFlight of main; `requests` may be the oldest of more */
export function collectSuspended(
  sources: readonly SuspendedSource[],
  frames: FrameReader,
  inFlight: Pick<InFlightFacts, 'requests' | 'requestCount'>,
): Suspensions {
  const { requests } = inFlight;
  const areAll = requests.length >= inFlight.requestCount;
  const byNumber = (direction: RequestFact['direction']): Requests =>
    new Map(requests.filter((one) => one.direction === direction).map((one) => [one.id, one]));
  const [served, made] = [byNumber('served'), byNumber('made')];
  const threads: SuspendedThread[] = [];
  const waits: Wait[] = [];
  for (const source of sources) {
    const { thread, look } = source;
    if ('why' in look) {
      threads.push({ thread, why: look.why });
      continue;
    }
    const described = describeSuspendedThread(source, look.suspended, frames, { served, made });
    threads.push(described.thread);
    waits.push(...described.waits);
  }
  const of = waits.reduce((sum, { count }) => sum + count, 0);
  const [first] = waits.sort((one, other) => other.requests.size - one.requests.size || other.count - one.count);
  const waitsAt = new Map(waits.flatMap((wait) => [...wait.requests].map((id) => [id, toCalled(wait.frame)] as const)));
  return {
    data: { threads },
    waitsAt,
    ...(first ? { busiest: toBusiest(first, of, { of: served.size, areAll }) } : {}),
  };
}

function toBusiest(
  { requests, ...wait }: Wait,
  of: number,
  served: { readonly of: number; readonly areAll: boolean },
): Busiest {
  return { ...wait, of, ...(requests.size > 0 ? { requests: { count: requests.size, ...served } } : {}) };
}

function toCalled({ function: name, file, line, origin }: Frame): CalledFunction {
  return { function: name, file, line, origin };
}

/** Attributes that a fleet is searched and grouped by. */
export function suspendedFacts({ data, busiest }: Suspensions, root: string): NonNullable<Section['facts']> {
  const known = data.threads.flatMap((thread) => ('count' in thread ? [thread.count] : []));
  if (known.length === 0) return {};
  const count = known.reduce((sum, one) => sum + one, 0);
  if (!busiest) return { 'gmr.suspended.count': count };
  const { frame, raw } = busiest;
  return {
    'gmr.suspended.count': count,
    'gmr.suspended.place': `${frame.function} ${frame.file}:${frame.line}`,
    'gmr.suspended.place_count': busiest.count,
    ...(busiest.settler ? { 'gmr.suspended.settler': nameSettler(busiest.settler) } : {}),
    'gmr.suspended.hash': stackHash({ frames: [frame], raw: [raw], root }),
  };
}
