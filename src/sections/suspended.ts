import type { FrameReader } from '../frames/frames.js';
import type { RunningTexts } from '../frames/running-texts.js';
import { stackHash } from '../frames/stack-hash.js';
import type { RawFrame } from '../raw-frame.js';
import type { Frame, Section, SuspendedChain, SuspendedData, SuspendedThread } from '../report.js';
import type { Chain, ChainStep } from '../v8/suspended/chains.js';
import type { SuspendedFrames, SuspendedLook } from './sources.js';

/** One thread, and what was read of it. */
export interface SuspendedSource {
  readonly thread: string;
  readonly look: SuspendedLook;
  readonly texts: RunningTexts;
}

/** Chains that a report tells of one thread: a person reads the first ten. */
const MAX_CHAINS = 60;
/** Places beside those of the chains that are told. */
const MAX_PLACES = 60;

/** What is suspended, by thread, and where most of it waits. */
export interface Suspensions {
  readonly data: SuspendedData;
  /** The innermost place of the application, of all threads, at which most chains end; undefined if there is none. */
  readonly busiest?: Busiest;
}

export interface Busiest {
  readonly frame: Frame;
  readonly raw: RawFrame;
  /** First functions of chains that wait there, of all whose chain comes to the application. */
  readonly count: number;
  readonly of: number;
}

export function collectSuspended(sources: readonly SuspendedSource[], frames: FrameReader): Suspensions {
  const threads: SuspendedThread[] = [];
  const waits: Wait[] = [];
  for (const { thread, look, texts } of sources) {
    if ('why' in look) {
      threads.push({ thread, why: look.why });
      continue;
    }
    const described = describeThread(thread, look.suspended, frames, texts);
    threads.push(described.thread);
    waits.push(...described.waits);
  }
  const of = waits.reduce((sum, { count }) => sum + count, 0);
  const [first] = waits.sort((one, other) => other.count - one.count);
  return { data: { threads }, ...(first ? { busiest: { ...first, of } } : {}) };
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
    'gmr.suspended.hash': stackHash({ frames: [frame], raw: [raw], root }),
  };
}

/** `50 of 51 suspended calls at loadCart cart.mjs:9`. */
export function tellBusiest({ frame, count, of }: Busiest): string {
  const file = frame.file.slice(Math.max(frame.file.lastIndexOf('/'), frame.file.lastIndexOf('\\')) + 1);
  return `${count} of ${of} suspended ${of === 1 ? 'call' : 'calls'} at ${frame.function} ${file}:${frame.line}`;
}

interface Wait {
  readonly frame: Frame;
  readonly raw: RawFrame;
  count: number;
}

function describeThread(
  thread: string,
  read: SuspendedFrames,
  frames: FrameReader,
  texts: RunningTexts,
): { readonly thread: SuspendedThread; readonly waits: readonly Wait[] } {
  const shown = read.chains.slice(0, MAX_CHAINS);
  const told = new Set(shown.flatMap(({ steps }) => steps.map(({ place }) => place)));
  for (let place = 0; place < Math.min(MAX_PLACES, read.places.length); place += 1) told.add(place);
  const chosen = [...told].filter((place) => place >= 0).sort((one, other) => one - other);
  const raw = chosen.map((place) => read.places[place]?.frame).filter((frame) => frame !== undefined);
  // The file of a frame beneath it would be taken for its caller's.
  const shownFrames = raw.flatMap((frame) => frames.read([frame], texts)).map(dropNearLines);
  const index = new Map(chosen.map((place, at) => [place, at]));
  const data: SuspendedThread = {
    thread,
    count: read.count,
    places: shownFrames.map((frame, at) => ({ ...frame, count: read.places[chosen[at] ?? -1]?.count ?? 0 })),
    placeCount: read.places.length,
    chains: shown.map((chain) => describeChain(chain, index)),
    chainCount: read.chains.length,
    quiet: read.isQuiet,
    whole: read.isWhole,
    lost: read.lost,
    ...noteOf(read),
  };
  const waits = new Map<number, Wait>();
  for (const { count, steps } of shown) {
    const own = steps
      .map(({ place }) => index.get(place) ?? -1)
      .findLast((at) => shownFrames[at]?.origin === 'application');
    const frame = shownFrames[own ?? -1];
    const before = raw[own ?? -1];
    if (own === undefined || !frame || !before) continue;
    const known = waits.get(own);
    if (known) known.count += count;
    else waits.set(own, { frame, raw: before, count });
  }
  return { thread: data, waits: [...waits.values()] };
}

/** A place has its line only: it is told with others, and is no more than where it waits. */
function dropNearLines({ sourceBefore: _, sourceAfter: __, ...frame }: Frame): Frame {
  return frame;
}

function describeChain({ count, steps, end }: Chain, index: ReadonlyMap<number, number>): SuspendedChain {
  return {
    count,
    steps: steps.map(({ place, join }) => ({ place: index.get(place) ?? -1, ...(join ? { by: tellJoin(join) } : {}) })),
    end,
  };
}

function tellJoin({ kind, settled, of }: NonNullable<ChainStep['join']>): string {
  return settled === undefined || of === undefined ? kind : `${kind}, ${settled} of ${of} settled`;
}

function noteOf({ isQuiet, isWhole, isCut, lost, heapBytes }: SuspendedFrames): { readonly note?: string } {
  const size = `${Math.round(heapBytes / 2 ** 20)} MB`;
  const parts = [
    ...(isWhole ? [] : [`there was no time for the whole heap of ${size}: some are missing, and chains may go on`]),
    ...(isQuiet ? [] : ['garbage was collected meanwhile: some that had just begun to wait may be missing']),
    ...(isCut ? ['not every way through joins was followed'] : []),
    ...(lost > 0 ? [`${lost} more wait for a promise that is gone: nothing can go on with them`] : []),
  ];
  return parts.length === 0 ? {} : { note: parts.join('; ') };
}
