import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';
import { checkJsonLimits } from './json-limits.js';
import type { Signal } from './otlp.js';
import { decodeProtobuf } from './protobuf.js';
import { Refusal } from './refusal.js';

/** The default of OpenTelemetry's collector; a compressed body is counted both before and after it is unpacked. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** A line of a store may have 32 MiB. */
const MAX_JSON_BYTES = 31 * 1024 * 1024;
/** Of all requests that are being answered at the same time. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';

/** The memory that the bodies of the requests in progress take. */
export interface Memory {
  heldBytes: number;
}

/**
 * Reads a request and passes it to `use`: as JSON text, parsed, and with its media type. Its memory is counted until `use` has
 * finished.
 *
 * @throws Refusal with the status that OTLP asks for
 */
export async function withRequest<T>(
  request: IncomingMessage,
  signal: Signal,
  memory: Memory,
  use: (text: string, value: unknown, type: string) => Promise<T>,
): Promise<T> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== JSON_TYPE && type !== PROTOBUF_TYPE)
    throw new Refusal(415, `content-type ${type || '(none)'}: expected ${JSON_TYPE} or ${PROTOBUF_TYPE}`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  let heldBytes = 0;
  const hold = (bytes: number) => {
    heldBytes += bytes;
    memory.heldBytes += bytes;
    if (memory.heldBytes > MAX_HELD_BYTES) throw new Refusal(503, 'too many large requests at once');
  };
  try {
    const body = await readBytes(request, hold);
    if (type === PROTOBUF_TYPE) {
      const value = await decodeProtobuf(signal, body);
      const json = JSON.stringify(value);
      // The JSON text is larger than the message.
      const jsonBytes = Buffer.byteLength(json);
      if (jsonBytes > MAX_JSON_BYTES) throw tooLongAsJson();
      hold(jsonBytes);
      return await use(json, value, type);
    }
    await checkJsonLimits(body);
    const text = body.toString('utf8');
    // Each byte that is not UTF-8 has become three.
    if (Buffer.byteLength(text) > MAX_JSON_BYTES) throw tooLongAsJson();
    return await use(text, parse(text), type);
  } finally {
    memory.heldBytes -= heldBytes;
  }
}

/**
 * Not with an async iterator: if that ends early, it destroys the socket, and the answer cannot be sent.
 *
 * @param hold called with the size of each piece; may throw
 */
function readBytes(request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
  const decoder = createDecoder(request.headers['content-encoding']);
  const source = decoder ?? request;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: Error) => {
      source.off('data', take);
      if (decoder) request.unpipe(decoder);
      decoder?.destroy();
      // The sender reads the answer only when the rest of its body has been read; requestTimeout bounds that.
      request.resume();
      reject(error instanceof Refusal ? error : new Refusal(400, `the body cannot be read (${error.message})`));
    };
    const take = (chunk: Buffer) => {
      try {
        bytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) throw tooLarge();
        hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    source.on('data', take);
    source.on('end', () => resolve(Buffer.concat(chunks)));
    source.on('error', fail);
    if (!decoder) return;
    request.on('error', fail);
    request.pipe(decoder);
  });
}

function createDecoder(header: string | undefined): Gunzip | Inflate | undefined {
  const encoding = (header ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return undefined;
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  throw new Refusal(415, `content-encoding ${encoding}: expected gzip or deflate`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, `the body has more than ${MAX_BODY_BYTES} bytes`);
}

function tooLongAsJson(): Refusal {
  return new Refusal(413, `as JSON the body has more than ${MAX_JSON_BYTES} bytes`);
}
