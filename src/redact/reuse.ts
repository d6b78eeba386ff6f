import { isDistinct, MASK } from './values.js';

/** Values that were masked somewhere, to be masked wherever else they appear. */
export interface Reuse {
  readonly size: number;
  mask(text: string): string;
}

/** Past this many, the shortest are not looked for: the work stays in proportion to the report. */
const MOST_VALUES = 4000;
/** Of a longer value the beginning is enough: it may be cut off where it appears again. */
const LONGEST_NEEDLE = 40;
/** Values with the same four characters at the beginning. */
const MOST_ALIKE = 256;
/** Shorter ones have to stand alone. */
const FREE_LENGTH = 12;

/** Prepares the search; `plain` are words the report cannot do without, such as the host's name. */
export function createReuse(values: ReadonlySet<string>, plain: ReadonlySet<string>): Reuse {
  const needles = new Set<string>();
  const distinct = [...values].filter((value) => isDistinct(value) && !plain.has(value.toLowerCase()));
  for (const value of distinct.sort((a, b) => b.length - a.length).slice(0, MOST_VALUES)) {
    needles.add(value);
    for (const form of formsOf(value)) needles.add(form);
  }
  const cores = new Set<string>();
  for (const value of distinct.slice(0, MOST_VALUES)) {
    if (value.length >= 7 && value.length <= 256) for (const core of base64Cores(value)) cores.add(core);
  }
  const index = new Map<number, Needle[]>();
  for (const text of needles) addNeedle(index, text, false);
  for (const text of cores) addNeedle(index, text, true);
  for (const list of index.values()) list.sort((a, b) => b.start.length - a.start.length);
  const hashes = new Uint8Array(65_536);
  for (const hash of index.keys()) hashes[hash] = 1;
  return { size: needles.size, mask: (text) => (needles.size === 0 ? text : maskNeedles(text, index, hashes)) };
}

interface Needle {
  readonly text: string;
  readonly start: string;
  /** Found inside base64: the whole run goes. */
  readonly encoded: boolean;
}

function addNeedle(index: Map<number, Needle[]>, text: string, encoded: boolean): void {
  const start = text.slice(0, LONGEST_NEEDLE);
  const hash = hashAt(start, 0);
  const list = index.get(hash);
  if (list === undefined) index.set(hash, [{ text, start, encoded }]);
  else if (list.length < MOST_ALIKE && !list.some((needle) => needle.text === text))
    list.push({ text, start, encoded });
}

const SPAN = 4;
/** Of four characters; that of the next four follows from it and one character more. */
const hashAt = (text: string, at: number): number => {
  let hash = 0;
  for (let index = at; index < at + SPAN; index++) hash = nextHash(hash, text.charCodeAt(index));
  return hash & 0xffff;
};
/** What is older than four characters has been shifted out. */
const nextHash = (hash: number, code: number): number => (hash << 4) ^ ((code * 25) & 0xffff);

function maskNeedles(text: string, index: ReadonlyMap<number, readonly Needle[]>, hashes: Uint8Array): string {
  if (text.length < SPAN) return text;
  let pieces: string[] | undefined;
  let kept = 0;
  let rolling = 0;
  for (let read = 0; read < text.length; read++) {
    rolling = nextHash(rolling, text.charCodeAt(read));
    const at = read - SPAN + 1;
    const hash = rolling & 0xffff;
    if (hashes[hash] === 0 || at < kept) continue;
    const found = longestAt(text, at, index.get(hash) ?? []);
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

function longestAt(text: string, at: number, needles: readonly Needle[]): { to: number; encoded: boolean } | undefined {
  for (const needle of needles) {
    if (!text.startsWith(needle.start, at)) continue;
    let to = at + needle.start.length;
    if (needle.encoded) {
      while (to < text.length && /[A-Za-z0-9+/=_-]/.test(text[to] ?? '')) to++;
      return { to, encoded: true };
    }
    while (to < text.length && to - at < needle.text.length && text[to] === needle.text[to - at]) to++;
    const short = needle.text.length < FREE_LENGTH;
    if (short && (isWord(text, at - 1, needle.text[0]) || isWord(text, to, needle.text.at(-1)))) continue;
    return { to, encoded: false };
  }
  return undefined;
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

/** As it looks in a URL, in JSON, in markup and as bytes. */
function formsOf(value: string): string[] {
  const forms = [JSON.stringify(value).slice(1, -1)];
  if (value.length >= 6 && value.length <= 256) forms.push(Buffer.from(value).toString('hex'));
  try {
    forms.push(encodeURIComponent(value), encodeURIComponent(value).replace(/%20/g, '+'));
  } catch {
    // A lone surrogate has no encoded form.
  }
  if (/[&<>"']/.test(value)) {
    forms.push(value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;'));
  }
  return forms.filter((form) => form !== value && form.length >= 5);
}

/** What of a value's base64 does not depend on what stands before and after it, at each of three offsets. */
function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const cores: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = [0, 2, 3][offset] ?? 0;
    const rest = (offset + bytes.length) % 3;
    const core = encoded.slice(from, rest === 0 ? encoded.length : encoded.length - (rest === 1 ? 3 : 2));
    if (core.length >= 8) cores.push(core);
  }
  return cores;
}
