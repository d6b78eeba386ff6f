import { isMap, type Value } from '../report.js';
import { showAge, showDuration } from './duration.js';
import { escapeControls } from './escape.js';
import { showBytes } from './key-values.js';
import { showCount } from './view.js';

/** A report to compare: from a collector's store, or as its process has just printed it. Its data is untrusted. */
export interface Compared {
  readonly id: string;
  readonly timeMs: number;
  /** The process: its pid, service and host. */
  readonly process: string;
  /** The answer in one line. */
  readonly verdict: string;
  /** The sections' data by their names. */
  readonly data: ReadonlyMap<string, unknown>;
}

const ID_DIGITS = 8;
/** Requests of two reports are the same one if their starts, by their ages, differ by no more than this. */
const SAME_START_MS = 100;
const MAX_SHOWN = 10;

/** The common parts of two reports, the new ones, and those that are gone. */
export function renderComparison(before: Compared, after: Compared): string {
  const isSame = before.process === after.process;
  const elapsedMs = after.timeMs - before.timeMs;
  const lines = [
    `before = ${before.id.slice(0, ID_DIGITS)}, ${showTime(before.timeMs)}`,
    `after = ${after.id.slice(0, ID_DIGITS)}, ${showElapsed(elapsedMs)}`,
    `process = ${isSame ? `${after.process}, the same` : `${before.process}, then ${after.process}`}`,
    `main = ${before.verdict}`,
    ...(before.verdict === after.verdict ? [] : [`  then ${after.verdict}`]),
    ...compareStacks(listFrames(before), listFrames(after)),
    ...compareRequests(before, after),
    ...(isSame ? compareCpu(before, after, elapsedMs) : []),
    ...FIGURES.flatMap(([name, path, show]) =>
      compareFigure(name, numberAt(before, path), numberAt(after, path), show),
    ),
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

/** Reports of one process that follow each other: a line each, the calls that stayed in all, and the first and the last compared. */
export function renderSamples(samples: readonly Compared[]): string {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return '';
  const lines = samples.map(
    ({ verdict, timeMs }, index) => `sample ${index + 1} = ${showDuration(timeMs - first.timeMs)}: ${verdict}`,
  );
  const stacks = samples.map(listFrames);
  const stayed = countShared(stacks);
  const innermost = stacks[0]?.at(-stayed);
  const tops = new Set(stacks.map((calls) => calls[0]?.shown ?? 'no call'));
  const told = [
    `in all = ${stayed === 0 ? 'no call' : `${showCount(stayed, 'call')}, the innermost is ${innermost?.shown}`}`,
    ...(tops.size > 1 ? [`on top = ${[...tops].join(', ')}`] : []),
  ];
  const shown = [...lines, ...told].map((line) => `${escapeControls(line)}\n`).join('');
  return samples.length < 2 ? shown : `${shown}\n${renderComparison(first, last)}`;
}

const FIGURES: readonly (readonly [name: string, path: readonly string[], show: (value: number) => string])[] = [
  ['heap', ['heap', 'usedBytes'], showBytes],
  ['rss', ['memory', 'rssBytes'], showBytes],
  ['external', ['memory', 'externalBytes'], showBytes],
  ['descriptors', ['descriptors', 'open'], String],
  ['active resources', ['eventLoop', 'activeResources'], String],
  ['suspended functions', ['suspended'], String],
];

function showTime(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : 'at a time that is not known';
}

function showElapsed(ms: number): string {
  if (!Number.isFinite(ms)) return 'at a time that is not known';
  return `${showDuration(Math.abs(ms))} ${ms < 0 ? 'earlier' : 'later'}`;
}

interface Call {
  /** The same for each call of a function, whatever its line. */
  readonly key: string;
  readonly shown: string;
}

/** Main's calls, innermost first. */
function listFrames({ data }: Compared): readonly Call[] {
  const threads = at(data.get('threads'), ['threads']);
  const main = Array.isArray(threads) ? threads.find((thread) => at(thread, ['id']) === 0) : undefined;
  const frames = at(main, ['frames']);
  if (!Array.isArray(frames)) return [];
  return frames.map((frame) => {
    const [name, file, line] = ['function', 'file', 'line'].map((key) => at(frame, [key]));
    return { key: `${name} ${file}`, shown: `${name} ${file}${line ? `:${line}` : ''}` };
  });
}

/** How many outermost calls all stacks share. */
function countShared(stacks: readonly (readonly Call[])[]): number {
  const [first = [], ...others] = stacks;
  let same = 0;
  while (same < first.length && others.every((calls) => calls.at(-1 - same)?.key === first.at(-1 - same)?.key))
    same += 1;
  return same;
}

/** The calls that both have are the outermost ones: those above them have returned or come since. */
function compareStacks(before: readonly Call[], after: readonly Call[]): string[] {
  const same = countShared([before, after]);
  const [went, came] = [before, after].map((calls) => calls.slice(0, calls.length - same)) as [Call[], Call[]];
  if (before.length + after.length === 0) return ['stack = empty in both'];
  if (went.length + came.length === 0) {
    const moved = before[0]?.shown === after[0]?.shown ? '' : `, from ${before[0]?.shown} to ${after[0]?.shown}`;
    return [`stack = the same, ${showCount(same, 'call')}${moved}`];
  }
  return [`stack = the outermost ${showCount(same, 'call')} in both`, ...list('-', went), ...list('+', came)];
}

function list(sign: string, calls: readonly Call[]): string[] {
  const rest = calls.length - MAX_SHOWN;
  return [
    ...calls.slice(0, MAX_SHOWN).map(({ shown }) => `  ${sign} ${shown}`),
    ...(rest > 0 ? [`  ${sign} … ${rest} more`] : []),
  ];
}

interface Request {
  readonly name: string;
  readonly startMs: number;
  readonly ageMs: number;
}

function listRequests({ data, timeMs }: Compared): readonly Request[] {
  const requests = at(data.get('in_flight'), ['requests']);
  if (!Array.isArray(requests)) return [];
  return requests.map((request) => {
    const [direction, method, path, peer] = ['direction', 'method', 'path', 'peer'].map((key) => at(request, [key]));
    const age = at(request, ['ageMs']);
    const ageMs = typeof age === 'number' ? age : 0;
    return { name: `${direction} ${method} ${path} ${peer ?? ''}`.trim(), startMs: timeMs - ageMs, ageMs };
  });
}

function compareRequests(before: Compared, after: Compared): string[] {
  const earlier = [...listRequests(before)];
  const later = listRequests(after);
  const both = later.filter(({ name, startMs }) => {
    const index = earlier.findIndex((one) => one.name === name && Math.abs(one.startMs - startMs) <= SAME_START_MS);
    if (index !== -1) earlier.splice(index, 1);
    return index !== -1;
  });
  if (earlier.length + later.length === 0) return [];
  const oldest = both.toSorted((a, b) => b.ageMs - a.ageMs)[0];
  const example = oldest ? `; the oldest in both is ${oldest.name}, ${showAge(oldest.ageMs)}` : '';
  return [`requests = ${both.length} in both, ${earlier.length} ended, ${later.length - both.length} came${example}`];
}

function compareCpu(before: Compared, after: Compared, elapsedMs: number): string[] {
  const [user, system] = ['userMs', 'systemMs'].map((key) => {
    const [earlier, later] = [before, after].map((report) => numberAt(report, ['cpu', key]));
    return earlier === undefined || later === undefined ? undefined : Math.max(0, later - earlier);
  });
  if (user === undefined || system === undefined || elapsedMs <= 0) return [];
  const percent = Math.round((100 * (user + system)) / elapsedMs);
  return [`cpu = ${showAge(Math.round(user))} user, ${showAge(Math.round(system))} system, ${percent} % of one CPU`];
}

function compareFigure(
  name: string,
  before: number | undefined,
  after: number | undefined,
  show: (value: number) => string,
): string[] {
  if (before === undefined || after === undefined) return [];
  const difference = after - before;
  const sign = difference < 0 ? '-' : '+';
  if (show(before) === show(after)) return [];
  return [`${name} = ${show(before)}, then ${show(after)} (${sign}${show(Math.abs(difference))})`];
}

/** A figure of Runtime; `suspended` is one of Green Threads. */
function numberAt({ data }: Compared, path: readonly string[]): number | undefined {
  if (path[0] === 'suspended') {
    const threads = at(data.get('green_threads'), ['suspended', 'threads']);
    const counts = Array.isArray(threads) ? threads.map((thread) => at(thread, ['count'])) : [];
    const known = counts.filter((count): count is number => typeof count === 'number');
    return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
  }
  const value = at(data.get('runtime'), path);
  return typeof value === 'number' ? value : undefined;
}

function at(value: unknown, path: readonly string[]): Value | undefined {
  let here = value as Value | undefined;
  for (const key of path) here = here !== undefined && isMap(here) ? here[key] : undefined;
  return here;
}
