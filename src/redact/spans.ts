import { MASK } from './values.js';

/** Says that `text[from, to)` is a secret; `value` when what is secret there is less than that. */
export type Mark = (from: number, to: number) => void;

/** Places `***` over the marked parts of a text; overlapping ones become one. */
export function maskSpans(text: string, spans: readonly (readonly [number, number])[]): string {
  if (spans.length === 0) return text;
  const sorted = [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const pieces: string[] = [];
  let at = 0;
  let masked = -1;
  for (const [from, to] of sorted) {
    if (to <= at) continue;
    if (from > masked || masked === -1) pieces.push(text.slice(at, Math.max(at, from)), MASK);
    at = to;
    masked = to;
  }
  pieces.push(text.slice(at));
  return pieces.join('');
}
