import type { FrameReader } from '../frames/frames.js';
import type { RunningTexts } from '../frames/running-texts.js';
import type { RequestFact } from '../main-facts.js';
import type { RawFrame } from '../raw-frame.js';
import type { Frame, MadeRequest, SuspendedChain, SuspendedSettler, SuspendedThread } from '../report.js';
import type { Chain, ChainStep } from '../v8/suspended/chain.js';
import type { SuspendedFrames, SuspendedLook } from './sources.js';

/** One thread, and its functions as they were read. */
export interface SuspendedSource {
  readonly thread: string;
  readonly look: SuspendedLook;
  readonly texts: RunningTexts;
  /** The clock of its timers when it was read, in milliseconds, if that is known. */
  readonly timersNow?: number;
}

/** Chains that a report tells of one thread: a person reads the first ten. */
const MAX_CHAINS = 60;
/** Places beside those of the chains that are told. */
const MAX_PLACES = 60;

/** A place at which chains end, or come to the application's own code last. */
export interface Wait {
  readonly frame: Frame;
  readonly raw: RawFrame;
  /** Of its most frequent chain. */
  readonly settler?: SuspendedSettler;
  /** The numbers of its served requests; each is at one place, that of its most frequent chain. */
  readonly requests: Set<number>;
  count: number;
}

/** By their numbers. */
export type Requests = ReadonlyMap<number, RequestFact>;

export interface InFlight {
  readonly served: Requests;
  readonly made: Requests;
}

export function describeSuspendedThread(
  source: SuspendedSource,
  read: SuspendedFrames,
  frames: FrameReader,
  inFlight: InFlight,
): { readonly thread: SuspendedThread; readonly waits: readonly Wait[] } {
  const { thread, texts } = source;
  const shown = read.chains.slice(0, MAX_CHAINS);
  const told = new Set(shown.flatMap(({ steps }) => steps.map(({ place }) => place)));
  for (let place = 0; place < Math.min(MAX_PLACES, read.places.length); place += 1) told.add(place);
  const chosen = [...told].filter((place) => place >= 0).sort((one, other) => one - other);
  const raw = chosen.map((place) => read.places[place]?.frame).filter((frame) => frame !== undefined);
  // Each is read alone: in one reading, a frame would be taken for the caller of the one before it.
  const shownFrames = raw.flatMap((frame) => frames.read([frame], texts)).map(dropNearLines);
  const index = new Map(chosen.map((place, at) => [place, at]));
  const chains = shown.map((chain) => describeChain(chain, index, source, frames, inFlight));
  const data: SuspendedThread = {
    thread,
    count: read.count,
    places: shownFrames.map((frame, at) => ({ ...frame, count: read.places[chosen[at] ?? -1]?.count ?? 0 })),
    placeCount: read.places.length,
    chains,
    chainCount: read.chains.length,
    quiet: read.isQuiet,
    whole: read.isWhole,
    goneOn: read.goneOn,
    lost: read.lost,
    ...noteOf(read),
  };
  const requests = shown.map((chain) => chain.requests.filter((id) => inFlight.served.has(id)));
  return { thread: data, waits: collectWaits(chains, requests, shownFrames, raw) };
}

/** @param requests the served requests in flight of each chain, by their numbers */
function collectWaits(
  chains: readonly SuspendedChain[],
  requests: readonly (readonly number[])[],
  frames: readonly Frame[],
  raw: readonly RawFrame[],
): readonly Wait[] {
  const waits = new Map<number, Wait>();
  const placed = new Set<number>();
  for (const [at, { count, steps, settler }] of chains.entries()) {
    const own = steps.map(({ place }) => place).findLast((place) => frames[place]?.origin === 'application');
    const frame = frames[own ?? -1];
    const rawFrame = raw[own ?? -1];
    if (own === undefined || !frame || !rawFrame) continue;
    const wait = waits.get(own) ?? {
      frame,
      raw: rawFrame,
      count: 0,
      requests: new Set<number>(),
      ...(settler ? { settler } : {}),
    };
    waits.set(own, wait);
    wait.count += count;
    for (const id of requests[at] ?? []) {
      if (placed.has(id)) continue;
      placed.add(id);
      wait.requests.add(id);
    }
  }
  return [...waits.values()];
}

/** A place is shown with its own line of source only: it is one of many. */
function dropNearLines({ sourceBefore: _, sourceAfter: __, ...frame }: Frame): Frame {
  return frame;
}

function describeChain(
  { count, steps, end, settler, requests, roots }: Chain<RawFrame>,
  index: ReadonlyMap<number, number>,
  source: SuspendedSource,
  frames: FrameReader,
  { served, made }: InFlight,
): SuspendedChain {
  const open = listOpen(requests, served);
  const [oldest] = open;
  return {
    count,
    steps: steps.map(({ place, join }) => ({ place: index.get(place) ?? -1, ...(join ? { by: tellJoin(join) } : {}) })),
    end,
    ...(settler ? { settler: describeSettler(settler, source, frames, { made, areAll: count <= roots.length }) } : {}),
    ...(oldest
      ? { requests: { count: open.length, oldest: { method: oldest.method, path: oldest.path, ageMs: oldest.ageMs } } }
      : {}),
  };
}

/** The oldest first. */
function listOpen(numbers: readonly number[], requests: Requests): readonly RequestFact[] {
  return numbers.flatMap((id) => requests.get(id) ?? []).sort((one, other) => other.ageMs - one.ageMs);
}

function describeSettler(
  { kind, label, of, timer, callback, requests = [] }: NonNullable<Chain<RawFrame>['settler']>,
  { texts, timersNow }: SuspendedSource,
  frames: FrameReader,
  { made, areAll }: { readonly made: Requests; readonly areAll: boolean },
): SuspendedSettler {
  const [frame] = callback ? frames.read([callback], texts) : [];
  const open = listOpen(requests, made);
  const [oldest] = open;
  const dueMs = timer && timersNow !== undefined ? Math.round(timer.at - timersNow) : Number.NaN;
  return {
    kind,
    name: label,
    ...(of === undefined ? {} : { of }),
    ...(timer ? { timer: { ms: timer.ms, ...(Number.isNaN(dueMs) ? {} : { dueMs }) } } : {}),
    ...(frame ? { callback: dropNearLines(frame) } : {}),
    ...(oldest
      ? { requests: { ...(areAll || open.length === 1 ? { count: open.length } : {}), oldest: toMade(oldest) } }
      : {}),
  };
}

function toMade({ protocol, method, peer, path, ageMs }: RequestFact): MadeRequest {
  return { protocol, method, path, ageMs, ...(peer === undefined ? {} : { peer }) };
}

function tellJoin({ kind, settled, of }: NonNullable<ChainStep['join']>): string {
  return settled === undefined || of === undefined ? kind : `${kind}, ${settled} of ${of} settled`;
}

const SEARCHES = {
  cut: 'there was no time to look for the things that would settle their promises',
  outrun: 'some of their promises are settled sooner than the things that settle them are found',
} as const;

function tellChange(goneOn: number): string {
  const gone = goneOn === 0 ? '' : `${goneOn} ${goneOn === 1 ? 'has' : 'have'} gone on since, and `;
  return `the heap changed while it was read: ${gone}some that had just begun to wait may be missing`;
}

function noteOf({ isQuiet, isWhole, search, isCut, goneOn, lost, heapBytes }: SuspendedFrames): {
  readonly note?: string;
} {
  const size = `${Math.round(heapBytes / 2 ** 20)} MB`;
  const parts = [
    ...(isWhole ? [] : [`there was no time for the whole heap of ${size}: some are missing, and chains may go on`]),
    ...(isWhole && search !== 'over' ? [SEARCHES[search]] : []),
    ...(isQuiet ? [] : [tellChange(goneOn)]),
    ...(isCut ? ['not every chain was followed: there are too many'] : []),
    ...(lost === 1 ? ['1 more waits for a promise that is gone: nothing can go on with it'] : []),
    ...(lost > 1 ? [`${lost} more wait for a promise that is gone: nothing can go on with them`] : []),
  ];
  return parts.length === 0 ? {} : { note: parts.join('; ') };
}
