import type { IncomingHttpHeaders } from 'node:http';
import { unzipSync } from 'node:zlib';
import type { Signal } from '../target-sources.js';
import { oneLine } from './failure.js';

/** A server's answer, unpacked. */
export interface Body {
  readonly bytes: Buffer;
  /** Its `content-type`. */
  readonly type: string;
}

/** The items that a collector rejected of a request that it accepted. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** As much as the official exporters read of an answer. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Some servers compress each answer, also if nobody asked for it. One that cannot be unpacked stays as it was written. */
export function readBody(
  bytes: Buffer,
  { 'content-type': type = '', 'content-encoding': encoding }: IncomingHttpHeaders,
): Body {
  if (!/^(x-)?gzip$|^deflate$/i.test(encoding ?? '')) return { bytes, type };
  try {
    // Synchronous: asynchronous zlib uses the thread pool.
    return { bytes: unzipSync(bytes, { maxOutputLength: MAX_BYTES }), type };
  } catch {
    return { bytes, type };
  }
}

/** The message of a google.rpc.Status, in JSON or protobuf, or a plain text. Empty for a page of HTML. */
export function readMessage(body: Body): string {
  if (isBinary(body)) return oneLine(readString(readFields(body.bytes)?.get(2)));
  const text = body.bytes.toString();
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? oneLine(message) : '';
  } catch {
    return /^\s*</.test(text) ? '' : oneLine(text);
  }
}

/** The items that an Export…ServiceResponse says were not taken; undefined for another answer, such as a page of HTML. */
export function readPartialSuccess(body: Body, signal: Signal): PartialSuccess | undefined {
  if (isBinary(body)) return readBinary(body.bytes);
  const text = body.bytes.toString();
  if (text.trim() === '') return { rejected: 0, message: '' };
  try {
    const { partialSuccess } = (JSON.parse(text) ?? {}) as { readonly partialSuccess?: { [key: string]: unknown } };
    return toPartialSuccess(partialSuccess ?? {}, signal);
  } catch {
    return undefined;
  }
}

/** Of a `partialSuccess` in JSON. */
export function toPartialSuccess(json: { readonly [key: string]: unknown }, signal: Signal): PartialSuccess {
  const { rejectedLogRecords, rejectedSpans, errorMessage } = json;
  return {
    rejected: readCount(Number((signal === 'logs' ? rejectedLogRecords : rejectedSpans) ?? 0)),
    message: typeof errorMessage === 'string' ? oneLine(errorMessage) : '',
  };
}

/** `partial_success` is field 1, in it the count 1 and the message 2, of logs as of traces. */
function readBinary(bytes: Buffer): PartialSuccess | undefined {
  const fields = readFields(bytes);
  if (fields === undefined) return undefined;
  const inner = fields.get(1);
  const partial: Fields | undefined = Buffer.isBuffer(inner) ? readFields(inner) : undefined;
  return { rejected: readCount(Number(partial?.get(1) ?? 0)), message: oneLine(readString(partial?.get(2))) };
}

/** Loki answers a request in JSON with a Status in protobuf, and does not say so: the answer is then read by its own type. */
function isBinary({ type }: Body): boolean {
  return /^application\/(x-protobuf|protobuf|octet-stream)\b/.test(type);
}

function readString(value: number | Buffer | undefined): string {
  return Buffer.isBuffer(value) ? value.toString() : '';
}

function readCount(count: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** A message's fields by their numbers; a repeated field has its last value. */
export type Fields = ReadonlyMap<number, number | Buffer>;

/** The fields of a protobuf message; undefined if the bytes are not one. OTLP's answers need no more of protobuf than this. */
export function readFields(bytes: Buffer): Fields | undefined {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let power = 1; ; power *= 128) {
      const byte = bytes[at];
      if (byte === undefined || power > 2 ** 63) throw new RangeError('no varint');
      at += 1;
      value += (byte & 0x7f) * power;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  try {
    while (at < bytes.length) {
      const key = readVarint();
      const number = Math.floor(key / 8);
      const wireType = key % 8;
      if (number === 0) return undefined;
      if (wireType === 0) fields.set(number, readVarint());
      else if (wireType === 2) fields.set(number, take(readVarint()));
      else if (wireType === 1) take(8);
      else if (wireType === 5) take(4);
      else return undefined;
    }
  } catch {
    return undefined;
  }
  return fields;
}
