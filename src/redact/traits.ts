/** What a text is made of, found in one pass: most texts of a report have nothing a secret could stand in. */
export interface Traits {
  /** A sign that sets a name off from its value, a quote or markup. */
  readonly sign: boolean;
  readonly space: boolean;
  readonly newline: boolean;
  /** A run of at least 20 characters without a space. */
  readonly long: boolean;
  /** A word that begins with a dash. */
  readonly flag: boolean;
  /** Where a word begins with two characters with which a known token may begin. */
  readonly starts: readonly number[];
}

const SIGN = 1;
const SPACE = 2;
const ALPHANUMERIC = 4;
const CLASS = new Uint8Array(128);
for (const sign of '=:@>?"\'`$|%<') CLASS[sign.charCodeAt(0)] = SIGN;
for (const space of ' \t\n\r\f\v') CLASS[space.charCodeAt(0)] = SPACE;
for (const letter of '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
  CLASS[letter.charCodeAt(0)] = ALPHANUMERIC;

const LONG_RUN = 20;
const DASH = 45;
const NONE: readonly number[] = [];

/** `isStart` says which pairs of characters, as `a * 128 + b`, a token may begin with. */
export function readTraits(text: string, isStart: Uint8Array): Traits {
  let signs = 0;
  let newline = false;
  let long = false;
  let flag = false;
  let starts: number[] | undefined;
  let runStart = 0;
  let before = SPACE;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (CLASS[code] ?? 0) : 0;
    signs |= kind;
    if (kind === SPACE) {
      newline ||= code === 10;
      runStart = at + 1;
    } else {
      long ||= at - runStart >= LONG_RUN - 1;
      flag ||= code === DASH && (before === SPACE || before === SIGN);
      if (before !== ALPHANUMERIC && code < 128) {
        const next = text.charCodeAt(at + 1);
        if (next < 128 && isStart[code * 128 + next] === 1) starts = add(starts, at);
      }
    }
    before = kind;
  }
  return { sign: (signs & SIGN) !== 0, space: (signs & SPACE) !== 0, newline, long, flag, starts: starts ?? NONE };
}

function add(list: number[] | undefined, item: number): number[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}
