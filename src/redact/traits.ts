/** Traits of a text, as bits: most texts of a report have no place for a secret. */
export const TRAITS = {
  /** A sign that sets a name off from its value, a quote or markup. */
  sign: 1,
  /** A space, or a sign that stands for one in a URL. */
  space: 2,
  newline: 4,
  quote: 8,
  bracket: 16,
  at: 32,
  slash: 64,
  tab: 128,
  /** A run of at least 20 characters without a space. */
  long: 256,
  /** A run of at least three digits. */
  digits: 512,
  /** A word that begins with a dash. */
  flag: 1024,
} as const;

export interface Traits {
  /** Bits of `TRAITS`. */
  readonly seen: number;
  /** The places at which a word begins with the first two characters of a known token. */
  readonly starts: readonly number[];
}

const ALPHANUMERIC = 2048;
const BITS = new Uint16Array(128);
const SIGNS: readonly (readonly [signs: string, bits: number])[] = [
  ['=:@>?"\'`$|%<', TRAITS.sign],
  [' \t\n\r\f\v+%', TRAITS.space],
  ['\n', TRAITS.newline],
  ['"\'`', TRAITS.quote],
  ['(', TRAITS.bracket],
  ['@', TRAITS.at],
  ['/', TRAITS.slash],
  ['\t', TRAITS.tab],
  ['0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', ALPHANUMERIC],
];
for (const [signs, bits] of SIGNS) {
  for (const sign of signs) BITS[sign.charCodeAt(0)] = (BITS[sign.charCodeAt(0)] ?? 0) | bits;
}

const LONG_RUN = 20;
const DIGIT_RUN = 3;
const [SPACE, PLUS, DASH, ZERO, NINE, WIDE_COLON] = [32, 43, 45, 48, 57, 0xff1a];
const NONE: readonly number[] = [];

/** `isStart` says with which pairs of characters, as `a * 128 + b`, a token may begin. */
export function readTraits(text: string, isStart: Uint8Array): Traits {
  let seen = 0;
  let starts: number[] | undefined;
  let runStart = 0;
  let digits = 0;
  let before: number = TRAITS.space;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const bits = code < 128 ? (BITS[code] ?? 0) : code === WIDE_COLON ? TRAITS.sign : 0;
    seen |= bits;
    if (bits === ALPHANUMERIC) {
      digits = code >= ZERO && code <= NINE ? digits + 1 : 0;
      if (digits === DIGIT_RUN) seen |= TRAITS.digits;
    } else {
      digits = 0;
      if (code <= SPACE) runStart = at + 1;
      else if (code === DASH && (before & (TRAITS.sign | TRAITS.space)) !== 0) seen |= TRAITS.flag;
    }
    if (at - runStart === LONG_RUN - 1) seen |= TRAITS.long;
    if (before !== ALPHANUMERIC && code < 128) {
      const next = text.charCodeAt(at + 1);
      if (next < 128 && isStart[code * 128 + next] === 1) starts = add(starts, at);
    }
    before = code === PLUS ? 0 : bits;
  }
  return { seen: seen & ~ALPHANUMERIC, starts: starts ?? NONE };
}

function add(list: number[] | undefined, item: number): number[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}
