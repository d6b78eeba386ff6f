import type { FrameReader } from '../frames/frames.js';
import type { RunningTexts } from '../frames/running-texts.js';
import type { RawFrame } from '../raw-frame.js';
import type { CensusCollection, CensusRow, HeapCensusData, Section } from '../report.js';
import type { Census } from '../v8/census/census.js';
import type { LongCollection } from '../v8/census/collections.js';

/** A census that a later one of the same process is compared with. */
export interface KeptCensus {
  readonly timeMs: number;
  readonly counts: ReadonlyMap<string, { readonly count: number; readonly bytes: number }>;
  readonly longest: readonly CensusCollection[];
}

const MAX_CLASSES = 30;
const MAX_CLOSURES = 10;

export function collectHeapCensus(
  census: Census<RawFrame>,
  { frames, texts, before, timeMs }: CensusSources,
): { readonly data: HeapCensusData; readonly kept: KeptCensus } {
  const place = (raw: RawFrame | undefined) => {
    const [frame] = raw ? frames.read([raw], texts) : [];
    return frame && frame.line > 0 ? { file: frame.file, line: frame.line } : {};
  };
  const counts = new Map(census.classes.map((one) => [keyOf(one.name, one.place), one]));
  const classes = census.classes.slice(0, MAX_CLASSES).map((one): CensusRow => {
    const { name, count, bytes } = one;
    const last = before?.counts.get(keyOf(name, one.place));
    const change =
      before && census.isWhole
        ? { countChange: count - (last?.count ?? 0), bytesChange: bytes - (last?.bytes ?? 0) }
        : {};
    return { name, ...place(one.place), count, bytes, ...change };
  });
  const longest = describeCollections(census.longest, census.isWhole ? before : undefined);
  const data: HeapCensusData = {
    thread: '#0 main',
    objects: census.objects,
    bytes: census.bytes,
    ...(before && census.isWhole ? { sinceMs: timeMs - before.timeMs } : {}),
    classes,
    classCount: census.classes.length,
    closures: census.closures
      .slice(0, MAX_CLOSURES)
      .map((one) => ({ name: one.place.function || '<anonymous>', ...place(one.place), count: one.count })),
    strings: census.strings,
    lengths: census.lengths,
    longest,
    whole: census.isWhole,
  };
  return { data, kept: { timeMs, counts, longest } };
}

export interface CensusSources {
  readonly frames: FrameReader;
  readonly texts: RunningTexts;
  /** The last one of this process. */
  readonly before: KeptCensus | undefined;
  readonly timeMs: number;
}

/** Attributes that a fleet is searched by. */
export function censusFacts({ objects, bytes, classes }: HeapCensusData): NonNullable<Section['facts']> {
  const [grown] = classes
    .filter(({ bytesChange = 0 }) => bytesChange > 0)
    .sort((one, other) => (other.bytesChange ?? 0) - (one.bytesChange ?? 0));
  return {
    'gmr.heap.objects': objects,
    'gmr.heap.object_bytes': bytes,
    ...(grown ? { 'gmr.heap.grown': grown.name, 'gmr.heap.grown_bytes': grown.bytesChange ?? 0 } : {}),
  };
}

/**
 * A collection has a change if it is the only one of its kind in its place, in both censuses: two instances of a class cannot
 * be told apart.
 */
function describeCollections(longest: readonly LongCollection[], before: KeptCensus | undefined): CensusCollection[] {
  const now = longest.map(({ kind, length, keeper }): CensusCollection => {
    const keptIn = keeper && nameKeeper(keeper);
    return { kind, length, ...(keptIn === undefined ? {} : { keptIn }) };
  });
  const only = (all: readonly CensusCollection[], { kind, keptIn }: CensusCollection) => {
    const alike = all.filter((one) => keptIn !== undefined && one.kind === kind && one.keptIn === keptIn);
    return alike.length === 1 ? alike[0] : undefined;
  };
  return now.map((one) => {
    const last = only(now, one) && only(before?.longest ?? [], one);
    return { ...one, ...(last ? { lengthChange: one.length - last.length } : {}) };
  });
}

/** Undefined for other keepers: they are steps on the way to it, not places in the program. */
function nameKeeper({ kind, label }: NonNullable<LongCollection['keeper']>): string | undefined {
  if (kind === 'event') return `a listener of ${label}`;
  if (kind === 'suspended') return `a variable of ${label || 'a suspended function'}`;
  return kind === 'object' || kind === 'variable' ? label : undefined;
}

function keyOf(name: string, place: RawFrame | undefined): string {
  return `${name} ${place ? `${place.file}:${place.line}:${place.column}` : ''}`;
}
