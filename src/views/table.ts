import { escapeControls } from './escape.js';
import { padToWidth, widthOf } from './width.js';

/** Columns aligned by spaces, with a line for each row; columns in `right` are numbers, aligned at the right. */
export function renderTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const shown = rows.map((row) => row.map((cell) => escapeControls(cell)));
  const widths: number[] = [];
  for (const row of shown) for (const [n, cell] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, widthOf(cell));
  return shown
    .map((row) =>
      row
        .map((cell, n) => padToWidth(cell, widths[n] ?? 0, right.includes(n)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
