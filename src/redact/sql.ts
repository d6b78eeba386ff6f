import type { JudgeName } from './names.js';
import type { Mark } from './spans.js';
import { masksValue } from './values.js';

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
