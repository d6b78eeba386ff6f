import type { Mark } from './spans.js';
import { LOOSE_SHAPES, SHAPES } from './token-shapes.js';

/** With the lookbehind of a boundary it would be tried everywhere; so the places are found first. */
const SHAPE = new RegExp(SHAPES.map(([, , shape]) => shape).join('|'), 'y');
/** The schemes of Authorization headers. */
const SCHEME =
  /(bearer|basic|token|apikey|negotiate|ntlm|ghs|splunk|discordbot|bot|sso-key|key)(?:\s|%20|\+){1,3}([\w+/=.~:-]{8,8192})/iy;
const SCHEME_STARTS = 'be ba to ap ne nt gh sp di bo ss ke';
const SHORTEST = 11;

/** By pairs of characters, as `a * 128 + b`: whether a token or a scheme may begin with them. */
export const TOKEN_STARTS = pairsOf(`${SHAPES.map(([, starts]) => starts).join(' ')} ${anyCase(SCHEME_STARTS)}`);

/** Marks tokens of well-known shape and what follows `Bearer` and `Basic`; `starts` are the places to look at. */
export function markShapes(text: string, starts: readonly number[], mark: Mark): void {
  if (text.length < SHORTEST) return;
  let done = 0;
  for (const at of starts) {
    if (at >= done) done = markShape(text, at, mark);
    markScheme(text, at, mark);
  }
  for (const [, holds, shape] of LOOSE_SHAPES) {
    if (!text.includes(holds)) continue;
    for (const match of text.matchAll(shape)) mark(match.index, match.index + match[0].length);
  }
}

function markShape(text: string, at: number, mark: Mark): number {
  SHAPE.lastIndex = at;
  if (!SHAPE.test(text)) return 0;
  mark(at, SHAPE.lastIndex);
  return SHAPE.lastIndex;
}

function markScheme(text: string, at: number, mark: Mark): void {
  SCHEME.lastIndex = at;
  const [, scheme = '', value = ''] = (text[at - 1] === '_' ? null : SCHEME.exec(text)) ?? [];
  if (value === '' || !isSchemeValue(scheme.toLowerCase(), value)) return;
  mark(SCHEME.lastIndex - value.length, SCHEME.lastIndex);
}

function isSchemeValue(scheme: string, value: string): boolean {
  if (scheme === 'bearer') return /\d/.test(value) || value.length >= 24;
  if (scheme === 'basic') return basicPassword(value) !== undefined;
  return value.length >= 16 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^[\d.:]+$|^[0-9a-f]{8}-/.test(value);
}

/** The password in the base64 of `user:password`. */
export function basicPassword(value: string): string | undefined {
  if (value.length > 4096 || !/^[A-Za-z0-9+/_-]{4,}={0,2}$/.test(value)) return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon >= 0 && /^[\x20-\x7e\u00a0-\uffef]+$/.test(decoded) && !decoded.includes('\ufffd')
    ? decoded.slice(colon + 1)
    : undefined;
}

function pairsOf(starts: string): Uint8Array {
  const pairs = new Uint8Array(128 * 128);
  for (const start of starts.split(' ')) {
    const first = start.charCodeAt(0) * 128;
    if (start[1] === '*') pairs.fill(1, first, first + 128);
    else pairs[first + start.charCodeAt(1)] = 1;
  }
  return pairs;
}

function anyCase(starts: string): string {
  const forms = (start: string): string[] => {
    const [a = '', b = ''] = start;
    return [a + b, a + b.toUpperCase(), a.toUpperCase() + b, (a + b).toUpperCase()];
  };
  return starts.split(' ').flatMap(forms).join(' ');
}
