import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';
import { checkJsonLimits } from './json-limits.js';
import { Refusal } from './refusal.js';

/** The default of OpenTelemetry's collector; a compressed body is counted both before and after it is unpacked. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** Of all requests that are being answered at the same time. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** The memory that the bodies of the requests in progress take. */
export interface Memory {
  heldBytes: number;
}

/**
 * Reads the request's JSON and passes it to `use`, as text and parsed. Its memory is counted until `use` has finished.
 *
 * @throws Refusal with the status that OTLP asks for
 */
export async function withJson<T>(
  request: IncomingMessage,
  memory: Memory,
  use: (text: string, value: unknown) => Promise<T>,
): Promise<T> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Refusal(
      415,
      `content-type ${type || '(none)'}: expected application/json (OTEL_EXPORTER_OTLP_PROTOCOL=http/json)`,
    );
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  let bytes = 0;
  const hold = (more: number) => {
    bytes += more;
    memory.heldBytes += more;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    if (memory.heldBytes > MAX_HELD_BYTES) throw new Refusal(503, 'too many large requests at once');
  };
  try {
    const json = await readBytes(request, hold);
    await checkJsonLimits(json);
    const text = json.toString('utf8');
    return await use(text, parse(text));
  } finally {
    memory.heldBytes -= bytes;
  }
}

/** Without an async iterator: one that ends early destroys the socket, and the answer with it. */
function readBytes(request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
  const decoder = createDecoder(request.headers['content-encoding']);
  const source = decoder ?? request;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
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
