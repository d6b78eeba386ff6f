import { masksValue, type NameKind } from './kinds.js';
import type { JudgeName } from './names.js';
import { linesIn, type Mark } from './spans.js';

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
  for (const [from, to] of linesIn(text)) {
    const line = to - from > LONGEST_LINE ? '' : text.slice(from, to);
    if (table !== undefined && /^[\s|│├┼┤─:+-]+$/.test(line)) continue;
    const cells = table === undefined ? [] : splitRow(line, table.delimiter, from);
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
  // Without drawn lines, rows are taken for a table only if the header names a secret.
  if (!/[│|]/.test(delimiter) && kinds.every((kind) => kind === 'none')) return undefined;
  return { delimiter, width: cells.length, kinds };
}

function markRow(cells: readonly Cell[], { delimiter, kinds }: Table, judge: JudgeName, mark: Mark): void {
  cells.forEach((cell, column) => {
    if (masksValue(kinds[column] ?? 'none', cell.text)) mark(cell.from, cell.from + cell.text.length);
  });
  if (!/[│|]/.test(delimiter)) return;
  // The first cell that is not empty may name the next one.
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

const COLUMNS = /\(([^()]{1,2000})\)\s{0,8}values\s{0,8}(?=\()/gi;
/** A literal, or anything else up to the next comma. */
const VALUE = /\s{0,8}(?:'((?:[^'\\]|\\.|''){0,4096})'|"((?:[^"\\]|\\.){0,4096})"|[^,()'"]{0,4096})\s{0,8}([,)]|$)/y;
const MOST_ROWS = 1000;

/** Marks the literals of secret columns: `INSERT INTO users (email, password) VALUES ('a@b', 'x')`. */
export function markInserts(text: string, judge: JudgeName, mark: Mark): void {
  for (const match of text.matchAll(COLUMNS)) {
    const kinds = (match[1] ?? '').split(',').map((column) => judge(column.replace(/[\s"'`[\]]/g, '')));
    if (kinds.every((kind) => kind === 'none')) continue;
    let at = match.index + match[0].length;
    for (let row = 0; row < MOST_ROWS && text[at] === '('; row++) {
      let value: RegExpExecArray | null = null;
      at += 1;
      for (let column = 0; column === 0 || value?.[3] === ','; column++) {
        VALUE.lastIndex = at;
        value = VALUE.exec(text);
        if (value === null) break;
        const literal = value[1] ?? value[2];
        const from = at + value[0].search(/['"]/) + 1;
        if (literal !== undefined && masksValue(kinds[column] ?? 'none', literal)) mark(from, from + literal.length);
        at = VALUE.lastIndex;
      }
      at += /^\s{0,8},?\s{0,8}/.exec(text.slice(at, at + 20))?.[0].length ?? 0;
    }
  }
}
