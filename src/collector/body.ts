import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate } from 'node:zlib';
import { Refusal } from './refusal.js';

/** As OpenTelemetry's collector has it; of what is compressed, both before and after. */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** The request's JSON. @throws Refusal with the status that OTLP wants. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Refusal(415, `content-type ${type || '(none)'}: this collector takes application/json`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const text = (await readBytes(request)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decoder = encoding === 'gzip' ? createGunzip() : encoding === 'deflate' ? createInflate() : undefined;
  if (!decoder && encoding !== 'identity')
    throw new Refusal(415, `content-encoding ${encoding}: gzip and deflate are taken`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    const stream = decoder ? request.on('error', (error) => decoder.destroy(error)).pipe(decoder) : request;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, `the body cannot be read (${(error as Error).message})`);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal(413, `the body has more than ${MAX_BODY_BYTES} bytes`);
}
