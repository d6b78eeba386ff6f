import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import protobuf from 'protobufjs';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import { cleanUp, startDelivery } from '../export/helpers.js';
import { makeRichReport, normalize } from '../export/rich-report.js';

const root = mkdtempSync(join(tmpdir(), 'protobuf-'));
const types = protobuf.loadSync(fileURLToPath(new URL('../export/otlp.proto', import.meta.url)));
let directory: string;
let collector: Collector;

beforeEach(async () => {
  ({ directory, collector } = await start());
});
afterEach(async () => {
  await cleanUp();
  await collector.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start() {
  const place = mkdtempSync(join(root, 'run-'));
  const options = { host: '127.0.0.1', port: 0, onReport: () => {}, onTrouble: () => {} };
  return { directory: place, collector: await startCollector({ ...options, store: await openStore(place) }) };
}

const readLine = (place: string, name: string) => JSON.parse(readFileSync(join(place, name), 'utf8').trim()) as object;

it.each(['none', 'gzip'])(
  'a report in protobuf (compression %s) is stored as the same report in JSON is',
  async (compression) => {
    const report = makeRichReport();
    const settings = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_COMPRESSION: compression };
    const send = (protocol: string, url: string) =>
      startDelivery({ ...settings, OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_ENDPOINT: url }).send(
        report,
      );
    expect((await send('http/protobuf', collector.url)).sentence).toContain('/v1/logs took 5 log records; ');
    const other = await start();
    await send('http/json', other.collector.url);
    for (const name of ['logs.jsonl', 'traces.jsonl'])
      expect(normalize(readLine(directory, name))).toEqual(normalize(readLine(other.directory, name)));
    await other.collector.close();
  },
);

it('takes what an application’s SDK sends by default', async () => {
  const exporter = new OTLPLogExporter({ url: `${collector.url}/v1/logs` });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'till' }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const attributes = { id: 7, big: 2 ** 40, ratio: 0.25, list: ['a', 'b'], bytes: new Uint8Array([1, 2]) };
  provider.getLogger('l').emit({ severityNumber: SeverityNumber.WARN, body: 'sold out', attributes });
  await provider.forceFlush();
  await provider.shutdown();
  const text = JSON.stringify(readLine(directory, 'logs.jsonl'));
  expect(text).toContain('{"key":"service.name","value":{"stringValue":"till"}}');
  expect(text).toContain('"severityNumber":13');
  expect(text).toContain('"body":{"stringValue":"sold out"}');
  expect(text).toContain('{"key":"big","value":{"intValue":"1099511627776"}}');
  expect(text).toContain('{"key":"bytes","value":{"bytesValue":"AQI="}}');
});

function post(body: Buffer, headers: Record<string, string> = {}, path = '/v1/logs') {
  return fetch(`${collector.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-protobuf', ...headers },
  });
}

it('answers in protobuf: an empty message has no bytes', async () => {
  const type = types.lookupType('otlp.ExportLogsServiceRequest');
  const body = Buffer.from(
    type.encode({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityText: 'x' }] }] }] }).finish(),
  );
  const answer = await post(body);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
  expect((await answer.arrayBuffer()).byteLength).toBe(0);
  expect((await post(Buffer.alloc(0))).status).toBe(200);
});

/** A message of one field: its number, and its content. */
const wrap = (field: number, content: Buffer) =>
  Buffer.concat([Buffer.from([(field << 3) | 2]), varint(content.length), content]);
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
const records = (content: Buffer) => wrap(1, wrap(2, content));
/** A value in a value in a value: 5 is a list, 1 its item. */
function nest(levels: number): Buffer {
  let value = Buffer.alloc(0);
  for (let n = 0; n < levels; n += 1) value = wrap(5, wrap(1, value));
  return records(wrap(2, wrap(5, value)));
}

it.each([
  ['that is cut off', records(wrap(2, Buffer.alloc(50))).subarray(0, 20), 400],
  ['whose message says it is longer than it is', Buffer.from([0x0a, 0x7f, 0x12]), 400],
  ['with a text in place of a message', records(wrap(2, wrap(6, Buffer.from('not a message')))), 400],
  ['of noise', Buffer.from('{"resourceLogs":[]}'), 400],
  ['that nests deeply', nest(5000), 400],
  ['of two million empty records', records(Buffer.alloc(4_000_000, Buffer.from([0x12, 0]))), 413],
  ['of a million empty resources', Buffer.alloc(4_000_000, Buffer.from([0x0a, 0])), 413],
])('refuses a body %s', async (_, body, status) => {
  const answer = await post(gzipSync(body), { 'content-encoding': 'gzip' });
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(/"message":".+"/)]);
  expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
});

it('leaves out fields that it does not know, and those of another kind', async () => {
  const unknown = Buffer.concat([
    wrap(3, Buffer.from('INFO')),
    Buffer.from([0x9d, 0x06, 1, 2, 3, 4]),
    Buffer.from([0x28, 5]),
  ]);
  expect((await post(records(wrap(2, unknown)))).status).toBe(200);
  expect(readLine(directory, 'logs.jsonl')).toEqual({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityText: 'INFO' }] }] }],
  });
});
