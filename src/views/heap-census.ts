import type { CensusRow, HeapCensusData } from '../report.js';
import { renderSubtitle } from './banner.js';
import { showDuration } from './duration.js';
import { showBytes } from './key-values.js';
import { renderTable } from './table.js';
import { showPath, type View } from './view.js';

/** The Heap Census section: classes by their bytes, with the change since the last census of the same process. */
export function renderHeapCensus(data: HeapCensusData, view: View): string {
  const { thread, objects, bytes, sinceMs, closures, strings, whole } = data;
  const head = [
    `of = ${thread}`,
    `objects = ${objects}, ${showBytes(bytes)}, with garbage that was not collected yet`,
    ...(sinceMs === undefined ? [] : [`compared with = the census ${showDuration(sinceMs)} before`]),
    ...(whole
      ? []
      : ['note = not exact: there was no time for the whole heap, or a collection of garbage moved objects meanwhile']),
  ];
  return [
    `${head.join('\n')}\n`,
    renderClasses(data, view),
    `${renderSubtitle('Closures')}\n${renderTable(
      closures.map((row) => [String(row.count), `${row.name}${showPlace(row, view)}`]),
      [0],
    )}`,
    `${renderSubtitle('Strings')}\n${renderTable(
      strings.map(({ upTo, count, bytes: all }) => [
        showBytes(all),
        String(count),
        `less than ${showSize(upTo + 1)} each`,
      ]),
      [0, 1],
    )}`,
    `${renderSubtitle('Arrays, Maps and Sets')}\n${renderLongest(data)}\n${renderLengths(data)}`,
  ].join('\n');
}

function renderClasses({ classes, classCount, sinceMs }: HeapCensusData, view: View): string {
  const isCompared = sinceMs !== undefined;
  const columns = ['BYTES', 'COUNT', ...(isCompared ? ['BYTES SINCE', 'COUNT SINCE'] : []), 'CLASS'];
  const rows = classes.map((row) => [
    showBytes(row.bytes),
    String(row.count),
    ...(isCompared ? [showChange(row.bytesChange, showBytes), showChange(row.countChange, String)] : []),
    `${row.name}${showPlace(row, view)}`,
  ]);
  const left = classCount - classes.length;
  const numbers = columns.map((_, index) => index).slice(0, -1);
  return renderTable([columns, ...rows], numbers) + (left > 0 ? `… ${left} more\n` : '');
}

function renderLongest({ longest, sinceMs }: HeapCensusData): string {
  const isCompared = sinceMs !== undefined;
  const rows = longest.map(({ kind, length, lengthChange, keptIn }) => [
    String(length),
    ...(isCompared ? [showChange(lengthChange, String)] : []),
    KINDS[kind],
    keptIn ?? '?',
  ]);
  const columns = ['LENGTH', ...(isCompared ? ['SINCE'] : []), 'KIND', 'KEPT IN'];
  return renderTable([columns, ...rows], isCompared ? [0, 1] : [0]);
}

function renderLengths({ lengths }: HeapCensusData): string {
  const rows = lengths.map(({ upTo, array, map, set }) => [
    ...[array, map, set].map((count) => (count === 0 ? '' : String(count))),
    upTo === 1 ? '1' : `${(upTo + 1) / 2} to ${upTo}`,
  ]);
  return renderTable([['ARRAYS', 'MAPS', 'SETS', 'OF LENGTH'], ...rows], [0, 1, 2]);
}

const KINDS = { array: 'array', map: 'Map', set: 'Set' } as const;

/** A power of two. */
function showSize(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : showBytes(bytes).replace('.0 ', ' ');
}

function showPlace({ file, line }: Pick<CensusRow, 'file' | 'line'>, view: View): string {
  return file === undefined ? '' : ` ${showPath(file, view)}:${line}`;
}

function showChange(change: number | undefined, show: (value: number) => string): string {
  if (change === undefined || change === 0) return '';
  return change > 0 ? `+${show(change)}` : `-${show(-change)}`;
}
