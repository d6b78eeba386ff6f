import { isMap, type PlainSection, type Value, type ValueMap } from '../../report.js';
import { jsonBytes } from './plain.js';

/** Bytes of a log record's body as JSON: Loki drops a line over 256 KB. */
export const MAX_BODY_BYTES = 200_000;
/** `{"text":,"data":}` and some. */
const FRAME_BYTES = 64;
const MIN_SHARE_BYTES = 20_000;
/** A scalar up to here stands in every part, so that each has the section's shape. */
const REPEATED_BYTES = 256;

/** A section, or one of the several log records that a large one becomes. */
export interface Part {
  /** The texts of all parts, joined, are the section's text. */
  readonly text: string;
  /** Absent if the section has a text and nothing else. */
  readonly data?: Value;
  /** From 1. */
  readonly part: number;
  readonly parts: number;
}

/**
 * Parts of at most 200,000 bytes, each a section of the same shape: the text is split at line ends, the data between
 * items. An item that is too large for a part is cut in the data, with a note, and complete in the text.
 */
export function splitSection(section: PlainSection, text: string): readonly Part[] {
  const data = section.data === null && section.text !== undefined ? undefined : section.data;
  const textBytes = jsonBytes(text);
  const dataBytes = data === undefined ? 0 : jsonBytes(data);
  if (textBytes + dataBytes + FRAME_BYTES <= MAX_BODY_BYTES) return [joinPart(text, data, 1, 1)];
  const room = MAX_BODY_BYTES - FRAME_BYTES;
  const share = Math.floor((room * textBytes) / (textBytes + dataBytes));
  const textRoom = data === undefined ? room : Math.min(Math.max(share, MIN_SHARE_BYTES), room - MIN_SHARE_BYTES);
  const texts = splitText(text, textRoom);
  const pieces = data === undefined ? [] : splitData(data, room - textRoom);
  const parts = Math.max(texts.length, pieces.length);
  return Array.from({ length: parts }, (_, index) =>
    joinPart(texts[index] ?? '', pieces[index] ?? makeEmpty(data), index + 1, parts),
  );
}

function joinPart(text: string, data: Value | undefined, part: number, parts: number): Part {
  return data === undefined ? { text, part, parts } : { text, data, part, parts };
}

function splitText(text: string, room: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let free = room - 2;
  const add = (line: string) => {
    const bytes = jsonBytes(line) - 2;
    if (bytes > free && piece !== '') {
      pieces.push(piece);
      piece = '';
      free = room - 2;
    }
    piece += line;
    free -= bytes;
  };
  for (let [line] of text.matchAll(/[^\n]*\n|[^\n]+/g)) {
    while (jsonBytes(line) > room) {
      const head = takeBytes(line, room);
      add(head);
      line = line.slice(head.length);
    }
    add(line);
  }
  return piece === '' && pieces.length > 0 ? pieces : [...pieces, piece];
}

function splitData(data: Value, room: number): readonly Value[] {
  const frame = isMap(data) ? makeFrame(data) : {};
  const frameBytes = jsonBytes(frame);
  if (!isMap(data) || frameBytes > room / 10) return splitValue(data, room);
  const rest = Object.fromEntries(Object.entries(data).filter(([, value]) => !isRepeated(value)));
  return splitValue(rest, room - frameBytes).map((piece) => ({ ...frame, ...(piece as ValueMap) }));
}

/** A map's short scalars, and its arrays and maps without their items. */
function makeFrame(data: ValueMap): ValueMap {
  const entries = Object.entries(data).map(([key, value]): [string, Value | undefined] => [
    key,
    isRepeated(value) ? value : makeEmpty(value),
  ]);
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

function isRepeated(value: Value): boolean {
  return (value === null || typeof value !== 'object') && jsonBytes(value) <= REPEATED_BYTES;
}

function makeEmpty(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) return [];
  return isMap(value) ? {} : undefined;
}

/** Pieces of the same shape, to any depth. */
function splitValue(value: Value, room: number): readonly Value[] {
  if (jsonBytes(value) <= room) return [value];
  if (typeof value === 'string') return [cutString(value, room)];
  if (Array.isArray(value)) {
    const items = value.flatMap((item: Value) => splitValue(item, room - 3));
    return pack(items, room, (item) => item);
  }
  if (!isMap(value)) return [value];
  const entries = Object.entries(value).flatMap(([key, item]) =>
    splitValue(item, room - jsonBytes(key) - 4).map((piece) => ({ key, piece })),
  );
  return pack(
    entries,
    room,
    ({ key, piece }) => ({ [key]: piece }),
    ({ key }) => key,
  ).map((group) => Object.fromEntries(group.map(({ key, piece }) => [key, piece])));
}

/** Fills groups in order; no group holds the same key twice. */
function pack<T>(
  items: readonly T[],
  room: number,
  show: (item: T) => Value,
  keyOf?: (item: T) => string,
): readonly T[][] {
  const groups: { readonly items: T[]; readonly keys: Set<string>; bytes: number }[] = [];
  for (const item of items) {
    const bytes = jsonBytes(show(item)) + 1;
    const key = keyOf?.(item);
    let group = groups.at(-1);
    if (!group || group.bytes + bytes > room || (key !== undefined && group.keys.has(key))) {
      group = { items: [], keys: new Set(), bytes: 2 };
      groups.push(group);
    }
    group.items.push(item);
    group.bytes += bytes;
    if (key !== undefined) group.keys.add(key);
  }
  return groups.map((group) => group.items);
}

function cutString(text: string, room: number): string {
  const word = `… [cut: ${text.length} characters; the whole is in the section's text]`;
  return takeBytes(text, Math.max(2, room - Buffer.byteLength(word))) + word;
}

/** A beginning of the text, nearly the longest that takes at most `room` bytes as JSON; at least one character. */
function takeBytes(text: string, room: number): string {
  let length = Math.min(text.length, room);
  for (;;) {
    const head = cutPair(text, length);
    const bytes = jsonBytes(head);
    if (bytes <= room || head.length <= 2) return head;
    length = Math.min(length - 1, Math.floor((length * room) / bytes));
  }
}

function cutPair(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? Math.max(length - 1, 2) : Math.max(length, 1));
}
