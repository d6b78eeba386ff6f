import { MASK } from './values.js';

/** Says that `text[from, to)` is a secret. */
export type Mark = (from: number, to: number) => void;

/** Places `***` over the marked parts of a text; overlapping ones become one. */
export function maskSpans(text: string, spans: readonly (readonly [number, number])[]): string {
  const sorted = [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const pieces: string[] = [];
  let at = 0;
  for (const [from, to] of sorted) {
    if (to <= at) continue;
    if (from > at || pieces.length === 0) pieces.push(text.slice(at, from), MASK);
    at = to;
  }
  pieces.push(text.slice(at));
  return pieces.join('');
}

/** The places of a text's lines, without their line feeds. */
export function* linesIn(text: string): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from <= text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    yield [from, to];
    from = to + 1;
  }
}
