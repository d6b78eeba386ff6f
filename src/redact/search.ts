import { MASK } from './values.js';

/** The beginning of a longer value is enough: the value may be cut off when it appears again. */
const LONGEST_NEEDLE = 40;
/** Values that begin with the same `LONGEST_NEEDLE` characters. */
const MOST_ALIKE = 64;
/** Shorter values are masked only as whole words. */
const FREE_LENGTH = 12;

/** Returns a function that masks in a text each of `needles`, and each run of base64 with one of `cores`, in one pass. */
export function createSearch(needles: Iterable<string>, cores: Iterable<string>): (text: string) => string {
  const unsorted = new Map<number, Bucket>();
  for (const text of needles) addNeedle(unsorted, text, false);
  for (const text of cores) addNeedle(unsorted, text, true);
  const index = new Map(
    [...unsorted].map(([hash, bucket]) => [hash, new Map([...bucket].sort((a, b) => b[0] - a[0]))]),
  );
  const hashes = new Uint8Array(65_536);
  for (const hash of index.keys()) hashes[hash] = 1;
  return (text) => maskNeedles(text, index, hashes);
}

interface Needle {
  readonly text: string;
  /** Found inside base64: the whole run goes. */
  readonly encoded: boolean;
}

/** Values whose first four characters have one hash: by the length of their beginnings, the longest first. */
type Bucket = Map<number, Map<string, Needle[]>>;

function addNeedle(index: Map<number, Bucket>, text: string, encoded: boolean): void {
  const start = text.slice(0, LONGEST_NEEDLE);
  const hash = hashAt(start, 0);
  const bucket: Bucket = index.get(hash) ?? new Map();
  const starts = bucket.get(start.length) ?? new Map<string, Needle[]>();
  const alike = starts.get(start) ?? [];
  if (alike.length < MOST_ALIKE && !alike.some((needle) => needle.text === text)) alike.push({ text, encoded });
  index.set(hash, bucket.set(start.length, starts.set(start, alike)));
}

const SPAN = 4;
/** Of four characters; that of the next four follows from it and one character more. */
const hashAt = (text: string, at: number): number => {
  let hash = 0;
  for (let index = at; index < at + SPAN; index++) hash = nextHash(hash, text.charCodeAt(index));
  return hash & 0xffff;
};
/** Characters before the last four have been shifted out. */
const nextHash = (hash: number, code: number): number => (hash << 4) ^ ((code * 25) & 0xffff);

function maskNeedles(text: string, index: ReadonlyMap<number, Bucket>, hashes: Uint8Array): string {
  if (text.length < SPAN) return text;
  let pieces: string[] | undefined;
  let kept = 0;
  let rolling = 0;
  for (let read = 0; read < text.length; read++) {
    rolling = nextHash(rolling, text.charCodeAt(read));
    const at = read - SPAN + 1;
    const hash = rolling & 0xffff;
    if (hashes[hash] === 0 || at < kept) continue;
    const found = longestAt(text, at, index.get(hash) ?? new Map());
    if (found === undefined) continue;
    const from = found.encoded ? runStart(text, at, kept) : at;
    pieces ??= [];
    pieces.push(text.slice(kept, from), MASK);
    kept = found.to;
  }
  if (pieces === undefined) return text;
  pieces.push(text.slice(kept));
  return pieces.join('');
}

interface Match {
  readonly to: number;
  readonly encoded: boolean;
}

function longestAt(text: string, at: number, bucket: Bucket): Match | undefined {
  for (const [length, starts] of bucket) {
    const needles = starts.get(text.slice(at, at + length));
    if (needles === undefined) continue;
    const matches = needles.flatMap((needle) => matchNeedle(text, at, needle, length) ?? []);
    if (matches.length > 0) return matches.reduce((longest, match) => (match.to > longest.to ? match : longest));
  }
  return undefined;
}

function matchNeedle(text: string, at: number, needle: Needle, length: number): Match | undefined {
  let to = at + length;
  if (needle.encoded) {
    while (to < text.length && /[A-Za-z0-9+/=_-]/.test(text[to] ?? '')) to++;
    return { to, encoded: true };
  }
  while (to < text.length && to - at < needle.text.length && text[to] === needle.text[to - at]) to++;
  const short = needle.text.length < FREE_LENGTH;
  if (short && (isWord(text, at - 1, needle.text[0]) || isWord(text, to, needle.text.at(-1)))) return undefined;
  return { to, encoded: false };
}

/** Whether the value would go on there: a letter or digit beside a letter or digit. */
function isWord(text: string, at: number, own: string | undefined): boolean {
  return /[\p{L}\p{N}]/u.test(text[at] ?? '') && /[\p{L}\p{N}]/u.test(own ?? '');
}

function runStart(text: string, at: number, bound: number): number {
  let from = at;
  while (from > bound && /[A-Za-z0-9+/_-]/.test(text[from - 1] ?? '')) from--;
  return from;
}
