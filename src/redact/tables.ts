import type { JudgeName, NameKind } from './names.js';
import type { Mark } from './spans.js';
import { masksValue } from './values.js';

interface Cell {
  readonly text: string;
  readonly from: number;
}

interface Table {
  readonly delimiter: string;
  readonly width: number;
  /** By column. */
  readonly kinds: readonly NameKind[];
}

const LONGEST_LINE = 4096;
const DELIMITERS = ['│', '|', '\t', ',', ';'];

/** Marks secrets in columns and rows: `console.table`, Markdown, a database's output, comma-separated values. */
export function markTables(text: string, judge: JudgeName, mark: Mark): void {
  let table: Table | undefined;
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    const start = from;
    from = to + 1;
    const line = to - start > LONGEST_LINE ? '' : text.slice(start, to);
    if (table !== undefined && /^[\s|│├┼┤─:+-]+$/.test(line)) continue;
    const cells = table === undefined ? [] : splitRow(line, table.delimiter, start);
    if (table === undefined || cells.length !== table.width) table = readHeader(line, judge);
    else markRow(cells, table, judge, mark);
  }
}

function readHeader(line: string, judge: JudgeName): Table | undefined {
  const delimiter = DELIMITERS.find((sign) => line.includes(sign));
  if (delimiter === undefined) return undefined;
  const cells = splitRow(line, delimiter, 0);
  const tight = delimiter === ',' || delimiter === ';';
  const isName = tight ? /^[\w.-]{1,60}$/ : /^(?:[\w. -]{0,60}|\(\w+(?: \w+)?\))$/;
  if (!cells.every((cell) => isName.test(cell.text)) || (tight && /[,;]\s/.test(line))) return undefined;
  const kinds = cells.map((cell) => judge(cell.text));
  // Rows without a drawn line between them are a table only when their heading says so.
  if (!/[│|]/.test(delimiter) && kinds.every((kind) => kind === 'none')) return undefined;
  return { delimiter, width: cells.length, kinds };
}

function markRow(cells: readonly Cell[], { delimiter, kinds }: Table, judge: JudgeName, mark: Mark): void {
  cells.forEach((cell, column) => {
    if (masksValue(kinds[column] ?? 'none', cell.text)) mark(cell.from, cell.from + cell.text.length);
  });
  if (!/[│|]/.test(delimiter)) return;
  // The first cell that holds something may name what is in the next one.
  const first = cells.findIndex((cell) => cell.text !== '');
  const [name, value] = [cells[first], cells[first + 1]];
  if (name === undefined || value === undefined || !/^[\w. -]{1,60}$/.test(name.text)) return;
  if (masksValue(judge(name.text), value.text)) mark(value.from, value.from + value.text.length);
}

/** The row's cells without the space and the quotes around them. */
function splitRow(line: string, delimiter: string, start: number): Cell[] {
  let at = start;
  return line.split(delimiter).map((raw) => {
    const open = /^\s*["']?/.exec(raw)?.[0].length ?? 0;
    const text = raw.slice(open).replace(/["']?\s*$/, '');
    const cell = { text, from: at + open };
    at += raw.length + delimiter.length;
    return cell;
  });
}
