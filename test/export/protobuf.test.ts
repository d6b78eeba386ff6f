import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { afterEach, expect, test } from 'vitest';
import { readFields, readMessage, readPartialSuccess } from '../../src/export/http/response.js';
import { cleanUp, makeReport, type Received, refuse, startCollector, startDelivery } from './helpers.js';
import { makeRichReport, normalize } from './rich-report.js';

afterEach(cleanUp);

const types = protobuf.loadSync(fileURLToPath(new URL('otlp.proto', import.meta.url)));
const encode = (type: string, value: object): Buffer =>
  Buffer.from(types.lookupType(`otlp.${type}`).encode(value).finish());
const PROTOBUF = 'application/x-protobuf';
const settings = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_TRACES_EXPORTER: 'otlp' };
const isTraces = ({ request }: Received) => request.url === '/v1/traces';

/** A message as OTLP's JSON has it, ids as hexadecimal digits. */
function decode({ body, request }: Received): object {
  const type = types.lookupType(`otlp.Export${request.url === '/v1/traces' ? 'Trace' : 'Logs'}ServiceRequest`);
  return type.toObject(type.decode(body), { longs: String, bytes: Array, arrays: false });
}

test('a request in http/protobuf, read by another library, has the same content as in http/json', async () => {
  const collector = await startCollector();
  const environment = { ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const report = makeRichReport();
  const { sentence } = await startDelivery(environment).send(report);
  expect(sentence).toBe(`${collector.url}/v1/logs took 5 log records; ${collector.url}/v1/traces took 4 spans`);
  const binary = [...collector.requests];
  for (const { request } of binary) expect(request.headers['content-type']).toBe(PROTOBUF);
  await startDelivery({ ...environment, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }).send(report);
  const plain = collector.requests.slice(binary.length);
  for (const isWanted of [isTraces, (one: Received) => !isTraces(one)]) {
    const [bytes, json] = [binary.find(isWanted), plain.find(isWanted)];
    if (!bytes || !json) throw new Error('a request is missing');
    expect(normalize(decode(bytes))).toEqual(normalize(json.json));
  }
});

test('a request is compressed with gzip if the variable says so', async () => {
  const collector = await startCollector();
  const gzip = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
  await startDelivery({ ...settings, ...gzip }).send(makeReport());
  expect(collector.requests.map(({ request }) => request.headers['content-encoding'])).toEqual(['gzip', 'gzip']);
});

test('a signal may have a protocol of its own', async () => {
  const collector = await startCollector();
  const own = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' };
  await startDelivery({ ...settings, ...own }).send(makeReport());
  const types = collector.requests.map((one) => [isTraces(one), one.request.headers['content-type']]);
  expect(types.sort()).toEqual([
    [false, PROTOBUF],
    [true, 'application/json'],
  ]);
});

test('a partial success in protobuf says how many were rejected and why', async () => {
  const body = encode('ExportServiceResponse', { partialSuccess: { rejected: 1, errorMessage: 'too\nold' } });
  const collector = await startCollector((response) => response.writeHead(200, { 'content-type': PROTOBUF }).end(body));
  const delivery = startDelivery({ ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const url = `${collector.url}/v1`;
  expect((await delivery.send(makeReport())).sentence).toBe(
    `${url}/logs took 1 of 2 log records and rejected 1: too old; ${url}/traces took 1 of 2 spans and rejected 1: too old`,
  );
});

test.each([PROTOBUF, 'application/octet-stream', 'application/protobuf; charset=x'])(
  'a refusal whose Status is in protobuf, %s, is said in its own words, whatever was sent',
  async (type) => {
    const body = encode('RpcStatus', { code: 3, message: 'entry too far behind' });
    const collector = await startCollector((response) => response.writeHead(400, { 'content-type': type }).end(body));
    for (const protocol of ['http/protobuf', 'http/json']) {
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
      expect((await startDelivery(environment).send(makeReport())).sentence).toMatch(
        /\(400 Bad Request: entry too far behind\): given up after 1 try, in the text only$/,
      );
    }
  },
);

test('an answer that is not protobuf counts as a refusal, whatever its status', async () => {
  const collector = await startCollector(refuse(200, { 'content-type': PROTOBUF }, '<html>welcome</html>'));
  const delivery = startDelivery({ ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /^\S+ did not take 2 log records; .*\(its answer is not OTLP: is this a collector\?\): given up after 1 try/,
  );
});

test('fields are read as another library wrote them, and random bytes are harmless', () => {
  const status = { code: 2 ** 31 - 1, message: 'é'.repeat(300), details: [Buffer.from('x'), Buffer.from('y')] };
  const fields = readFields(encode('RpcStatus', status));
  expect(fields?.get(1)).toBe(status.code);
  expect(String(fields?.get(2))).toBe(status.message);
  expect(readFields(Buffer.alloc(0))?.size).toBe(0);
  expect(readFields(encode('LogRecord', { flags: 1, timeUnixNano: 5, severityNumber: 9 }))?.get(2)).toBe(9);
  const whole = encode('RpcStatus', status);
  for (let length = 1; length < whole.length; length += 1) readFields(whole.subarray(0, length));
  for (let n = 0; n < 2000; n += 1) {
    const body = { bytes: randomBytes(n % 40), type: PROTOBUF };
    expect(typeof readMessage(body)).toBe('string');
    expect(readPartialSuccess(body, 'logs')?.rejected ?? 0).toBeGreaterThanOrEqual(0);
  }
  expect(readFields(Buffer.alloc(20, 0xff))).toBeUndefined();
});
