import { oneLine } from './failure.js';
import { type Fields, readFields } from './protobuf.js';
import type { Signal } from './target.js';

/** What a server wrote. */
export interface Body {
  readonly bytes: Buffer;
  /** Its `content-type`. */
  readonly type: string;
}

export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** The message of a google.rpc.Status, in JSON or protobuf; what is neither may be a page of HTML, and is left out. */
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

/** What an Export…ServiceResponse says of items that were not taken; undefined for what is none, such as a page of HTML. */
export function readPartialSuccess(body: Body, signal: Signal): PartialSuccess | undefined {
  if (isBinary(body)) return readBinary(body.bytes);
  const text = body.bytes.toString();
  if (text.trim() === '') return { rejected: 0, message: '' };
  try {
    const { partialSuccess } = (JSON.parse(text) ?? {}) as { readonly partialSuccess?: { [key: string]: unknown } };
    const { rejectedLogRecords, rejectedSpans, errorMessage } = partialSuccess ?? {};
    return {
      rejected: readCount(Number((signal === 'logs' ? rejectedLogRecords : rejectedSpans) ?? 0)),
      message: typeof errorMessage === 'string' ? oneLine(errorMessage) : '',
    };
  } catch {
    return undefined;
  }
}

/** `partial_success` is field 1, in it the count 1 and the message 2, of logs as of traces. */
function readBinary(bytes: Buffer): PartialSuccess | undefined {
  const fields = readFields(bytes);
  if (fields === undefined) return undefined;
  const inner = fields.get(1);
  const partial: Fields | undefined = Buffer.isBuffer(inner) ? readFields(inner) : undefined;
  return { rejected: readCount(Number(partial?.get(1) ?? 0)), message: oneLine(readString(partial?.get(2))) };
}

/** Loki answers a request in JSON with a Status in protobuf, and does not say so: it is then taken for what it is. */
function isBinary({ type }: Body): boolean {
  return /^application\/(x-protobuf|protobuf|octet-stream)\b/.test(type);
}

function readString(value: number | Buffer | undefined): string {
  return Buffer.isBuffer(value) ? value.toString() : '';
}

function readCount(count: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
