import protobuf from 'protobufjs/minimal.js';
import type { Signal } from './otlp.js';
import { Refusal } from './refusal.js';
import { createSlices } from './slices.js';

/** A message's fields by their numbers: the name in OTLP's JSON, the kind, and whether it is a list. */
interface Field {
  readonly name: string;
  readonly kind: keyof typeof READERS | (() => Message);
  readonly isList?: true;
}
type Message = { readonly [number: number]: Field };

/** Levels of messages: OTLP itself has six, and each level of a value takes two. */
const MAX_DEPTH = 200;
/** Fields of one request, as for JSON: a message that is two bytes long becomes an object of a hundred. */
const MAX_PARTS = 1_000_000;

type Reader = protobuf.Reader;

/** Numbers of 64 bits as text, ids as hexadecimal digits, other bytes as base64: as OTLP's JSON has them. */
const READERS = {
  text: (reader: Reader) => reader.string(),
  truth: (reader: Reader) => reader.bool(),
  small: (reader: Reader) => reader.int32(),
  whole: (reader: Reader) => String(reader.int64()),
  unsigned: (reader: Reader) => reader.uint32(),
  fixed: (reader: Reader) => String(reader.fixed64()),
  fixed32: (reader: Reader) => reader.fixed32(),
  real: (reader: Reader) => toJsonNumber(reader.double()),
  id: (reader: Reader) => Buffer.from(reader.bytes()).toString('hex'),
  bytes: (reader: Reader) => Buffer.from(reader.bytes()).toString('base64'),
};

/** The wire type of each kind: 0 a varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes. */
const WIRE_TYPES: { readonly [kind in keyof typeof READERS]: number } = {
  truth: 0,
  small: 0,
  whole: 0,
  unsigned: 0,
  fixed: 1,
  real: 1,
  text: 2,
  id: 2,
  bytes: 2,
  fixed32: 5,
};
const MESSAGE_TYPE = 2;

const one = (name: string, kind: Field['kind']): Field => ({ name, kind });
const list = (name: string, kind: Field['kind']): Field => ({ name, kind, isList: true });

const VALUE: Message = {
  1: one('stringValue', 'text'),
  2: one('boolValue', 'truth'),
  3: one('intValue', 'whole'),
  4: one('doubleValue', 'real'),
  5: one('arrayValue', () => ({ 1: list('values', () => VALUE) })),
  6: one('kvlistValue', () => ({ 1: list('values', () => KEY_VALUE) })),
  7: one('bytesValue', 'bytes'),
};
const KEY_VALUE: Message = { 1: one('key', 'text'), 2: one('value', () => VALUE) };
const ATTRIBUTES = list('attributes', () => KEY_VALUE);
const RESOURCE: Message = { 1: ATTRIBUTES, 2: one('droppedAttributesCount', 'unsigned') };
const SCOPE: Message = { 1: one('name', 'text'), 2: one('version', 'text'), 3: ATTRIBUTES };
const RECORD: Message = {
  1: one('timeUnixNano', 'fixed'),
  2: one('severityNumber', 'small'),
  3: one('severityText', 'text'),
  5: one('body', () => VALUE),
  6: ATTRIBUTES,
  7: one('droppedAttributesCount', 'unsigned'),
  8: one('flags', 'fixed32'),
  9: one('traceId', 'id'),
  10: one('spanId', 'id'),
  11: one('observedTimeUnixNano', 'fixed'),
  12: one('eventName', 'text'),
};
const EVENT: Message = {
  1: one('timeUnixNano', 'fixed'),
  2: one('name', 'text'),
  3: ATTRIBUTES,
  4: one('droppedAttributesCount', 'unsigned'),
};
const LINK: Message = {
  1: one('traceId', 'id'),
  2: one('spanId', 'id'),
  3: one('traceState', 'text'),
  4: ATTRIBUTES,
  5: one('droppedAttributesCount', 'unsigned'),
  6: one('flags', 'fixed32'),
};
const SPAN: Message = {
  1: one('traceId', 'id'),
  2: one('spanId', 'id'),
  3: one('traceState', 'text'),
  4: one('parentSpanId', 'id'),
  5: one('name', 'text'),
  6: one('kind', 'small'),
  7: one('startTimeUnixNano', 'fixed'),
  8: one('endTimeUnixNano', 'fixed'),
  9: ATTRIBUTES,
  10: one('droppedAttributesCount', 'unsigned'),
  11: list('events', () => EVENT),
  12: one('droppedEventsCount', 'unsigned'),
  13: list('links', () => LINK),
  14: one('droppedLinksCount', 'unsigned'),
  15: one('status', () => ({ 2: one('message', 'text'), 3: one('code', 'small') })),
  16: one('flags', 'fixed32'),
};

const REQUESTS: { readonly [signal in Signal]: Message } = {
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', RECORD),
  traces: request('resourceSpans', 'scopeSpans', 'spans', SPAN),
};

function request(top: string, middle: string, items: string, item: Message): Message {
  const scope: Message = { 1: one('scope', () => SCOPE), 2: list(items, () => item), 3: one('schemaUrl', 'text') };
  const resource: Message = {
    1: one('resource', () => RESOURCE),
    2: list(middle, () => scope),
    3: one('schemaUrl', 'text'),
  };
  return { 1: list(top, () => resource) };
}

/** An OTLP request in protobuf as its JSON has it. Fields that this version does not know are left out. @throws Refusal */
export async function decodeProtobuf(signal: Signal, bytes: Buffer): Promise<unknown> {
  const slice = createSlices();
  const budget = { parts: 0 };
  const reader = protobuf.Reader.create(bytes);
  const whole: Record<string, unknown> = {};
  try {
    // One resource at a time: other requests are served in between.
    while (reader.pos < reader.len) {
      readField(reader, REQUESTS[signal], whole, 0, budget);
      const pause = slice();
      if (pause) await pause;
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, `the body is not protobuf of OTLP ${signal} (${(error as Error).message})`);
  }
  return whole;
}

function readField(
  reader: Reader,
  message: Message,
  into: Record<string, unknown>,
  depth: number,
  budget: { parts: number },
): void {
  if (depth > MAX_DEPTH) throw new Refusal(400, `the body nests deeper than ${MAX_DEPTH} messages`);
  budget.parts += 1;
  if (budget.parts > MAX_PARTS)
    throw new Refusal(413, `the body has more than ${MAX_PARTS} values: send fewer at once`);
  const tag = reader.uint32();
  const field = message[tag >>> 3];
  const wireType = typeof field?.kind === 'string' ? WIRE_TYPES[field.kind] : MESSAGE_TYPE;
  if (!field || (tag & 7) !== wireType) return void reader.skipType(tag & 7);
  const value =
    typeof field.kind === 'string' ? READERS[field.kind](reader) : readMessage(reader, field.kind(), depth + 1, budget);
  if (!field.isList) into[field.name] = value;
  else if (Array.isArray(into[field.name])) (into[field.name] as unknown[]).push(value);
  else into[field.name] = [value];
}

function readMessage(reader: Reader, message: Message, depth: number, budget: { parts: number }): object {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('it is cut off');
  const value: Record<string, unknown> = {};
  while (reader.pos < end) readField(reader, message, value, depth, budget);
  if (reader.pos !== end) throw new RangeError('a field goes beyond its message');
  return value;
}

/** JSON has no number for NaN and the infinities: protobuf's JSON writes them as words. */
function toJsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
