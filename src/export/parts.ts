import type { Value, ValueMap } from '../report.js';

/** The body of one log record. */
export interface Body {
  readonly text?: string;
  readonly data?: Value;
}

/** Bytes of a record's body as JSON, at most: Loki drops a line of over 256 KB, without a word. */
export const MAX_BODY_BYTES = 200_000;

const CONTINUED = ' … [continued in the next part]';

/**
 * A body in as many parts as it takes, each of the same shape: text is cut between lines, lists between items, maps
 * between keys, and one item that is too large is cut within. All parts together hold all of it.
 */
export function splitBody(body: Body, maxBytes = MAX_BODY_BYTES): readonly Body[] {
  if (measure(body as Value) <= maxBytes) return [body];
  const half = Math.floor(maxBytes / 2) - 100;
  const texts = body.text === undefined ? [] : splitText(body.text, half);
  const values = body.data === undefined ? [] : splitValue(body.data, half);
  return Array.from({ length: Math.max(texts.length, values.length) }, (_, n) => {
    const [text, data] = [texts[n], values[n]];
    return { ...(text === undefined ? {} : { text }), ...(data === undefined ? {} : { data }) };
  });
}

/** UTF-8 bytes of a value as JSON. */
export function measure(value: Value): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function splitValue(value: Value, maxBytes: number): Value[] {
  if (measure(value) <= maxBytes) return [value];
  if (typeof value === 'string') return splitText(value, maxBytes - CONTINUED.length, CONTINUED);
  if (value === null || typeof value !== 'object') return [value];
  if (Array.isArray(value)) {
    return pack(
      value
        .flatMap((item: Value) => splitValue(item, maxBytes - 2))
        .map((item) => ({ item, bytes: measure(item) + 1 })),
      maxBytes - 2,
    );
  }
  const entries = Object.entries(value as ValueMap).flatMap(([key, item]) => {
    const keyBytes = measure(key) + 2;
    return splitValue(item, Math.max(1000, maxBytes - keyBytes - 2)).map((part) => ({
      item: [key, part] as const,
      bytes: measure(part) + keyBytes,
      key,
    }));
  });
  return pack(entries, maxBytes - 2).map((group) => Object.fromEntries(group));
}

/** Neighbours together, as many as fit; two pieces of one key never, since a map holds a key once. */
function pack<T>(pieces: readonly { item: T; bytes: number; key?: string }[], maxBytes: number): T[][] {
  const groups: T[][] = [];
  let group: T[] = [];
  let bytes = 0;
  let lastKey: string | undefined;
  for (const piece of pieces) {
    if (group.length > 0 && (bytes + piece.bytes > maxBytes || (piece.key !== undefined && piece.key === lastKey))) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(piece.item);
    bytes += piece.bytes;
    lastKey = piece.key;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

function splitText(text: string, maxBytes: number, mark = ''): string[] {
  const parts: string[] = [];
  let rest = text;
  while (measure(rest) > maxBytes) {
    const cut = findCut(rest, maxBytes);
    parts.push(rest.slice(0, cut) + mark);
    rest = rest.slice(cut);
  }
  return [...parts, rest];
}

/** Where the first `maxBytes` of a text end: behind a line if there is one, never inside a character. */
function findCut(text: string, maxBytes: number): number {
  let [low, high] = [1, Math.min(text.length, maxBytes)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(text.slice(0, middle)) <= maxBytes) low = middle;
    else high = middle - 1;
  }
  const line = text.lastIndexOf('\n', low - 1);
  if (line > low / 2) return line + 1;
  const code = text.charCodeAt(low - 1);
  return code >= 0xd800 && code <= 0xdbff && low > 1 ? low - 1 : low;
}
