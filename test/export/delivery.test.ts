import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { findFreePort } from '../ports.js';
import {
  accept,
  attributesOf,
  cleanUp,
  fromAnyValue,
  makeReport,
  makeSection,
  recordsOf,
  refuse,
  startCollector,
  startDelivery,
} from './helpers.js';

afterEach(cleanUp);
const soon = { firstPauseMs: 20, maxPauseMs: 50 };
const at = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url });

test('a report arrives as a request of records, in order, and its outcome is said', async () => {
  const collector = await startCollector();
  const delivery = startDelivery({ ...at(collector.url), OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=blue' });
  const report = makeReport();
  const sending = delivery.send(report);
  expect(delivery.undelivered()).toBe(1);
  expect((await sending).sentence).toBe(`${collector.url}/v1/logs took 2 log records`);
  expect(delivery.lines).toEqual([`gmr ${report.id}: ${collector.url}/v1/logs took 2 log records`]);
  expect(delivery.undelivered()).toBe(0);
  const [received] = collector.requests;
  expect(received?.request.url).toBe('/v1/logs');
  expect(received?.request.headers).toMatchObject({ 'content-type': 'application/json', 'x-tenant': 'blue' });
  expect(received?.request.headers['user-agent']).toMatch(/^guru-meditation\/0\.1\.0 /);
  expect(received?.json.resourceLogs[0]?.scopeLogs[0]?.scope).toMatchObject({
    name: 'guru-meditation',
    version: '0.1.0',
  });
  const [header, section] = collector.records();
  expect(header).toMatchObject({ eventName: 'gmr.report', traceId: report.id, timeUnixNano: '1790000000123000000' });
  expect(section).toMatchObject({ timeUnixNano: '1790000000123000001', observedTimeUnixNano: '1790000000123000001' });
  expect(fromAnyValue(section?.body ?? {})).toMatchObject({ data: { product: 'checkout' } });
});

test('the second report goes over the same connection', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url));
  await delivery.warm();
  await delivery.send(makeReport());
  await delivery.send(makeReport());
  expect(collector.requests.length).toBe(2);
  expect(collector.connections()).toBe(1);
});

test('a request is compressed with gzip if the variable says so', async () => {
  const collector = await startCollector();
  const delivery = startDelivery({ ...at(collector.url), OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' });
  expect((await delivery.send(makeReport())).sentence).toMatch(/ took 2 log records$/);
  expect(collector.requests[0]?.request.headers['content-encoding']).toBe('gzip');
  expect(collector.records().length).toBe(2);
});

test('values that would break a request are harmless in it', async () => {
  const hostile = {
    nan: Number.NaN,
    infinite: Number.NEGATIVE_INFINITY,
    huge: 1e20,
    unsafe: 2 ** 60,
    double: 1.5,
    tiny: -0,
    big: 10n ** 30n,
    date: new Date(0),
    invalid: new Date(Number.NaN),
    bytes: new Uint8Array(3),
    none: undefined,
    empty: null,
    call: () => 1,
    symbol: Symbol('s'),
    lone: '\ud83e',
    '\udd94 key': 1,
    ['k'.repeat(5000)]: 1,
    list: [Number.NaN, null, [[]], {}],
  };
  const cyclic: { [key: string]: unknown } = { hostile };
  cyclic.self = cyclic;
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url));
  const facts = { 'app.nan': Number.NaN, 'app.huge': 1e300, 'app.ok': true } as const;
  const text = 'hostile \ud83e\n';
  const section = makeSection('custom.hostile', cyclic as never, { facts, text, title: 'Hos\ud83etile' });
  expect((await delivery.send(makeReport([section]))).sentence).toMatch(/ took 2 log records$/);
  expect(collector.requests[0]?.text).not.toMatch(/"(double|int)Value":null/);
  for (const record of collector.records()) {
    for (const { value } of record.attributes) fromAnyValue(value);
    expect(JSON.stringify(fromAnyValue(record.body)).isWellFormed()).toBe(true);
  }
  const body = fromAnyValue(collector.records()[1]?.body ?? {}) as { data: { hostile: object } };
  expect(body.data.hostile).toMatchObject({
    nan: 'NaN',
    infinite: '-Infinity',
    huge: '100000000000000000000',
    unsafe: String(2 ** 60),
    double: 1.5,
    big: '1000000000000000000000000000000',
    date: '1970-01-01T00:00:00.000Z',
    bytes: '[3 bytes]',
    empty: null,
    list: ['NaN', null, [[]], {}],
  });
});

test('a report of many megabytes goes out in requests under 4 MiB, and none of it is lost', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url));
  const items = Array.from({ length: 400_000 }, (_, n) => n % 10);
  const sections = [1, 2, 3].map((n) => makeSection(`custom.n${n}`, items));
  const { sentence: outcome } = await delivery.send(makeReport(sections));
  expect(collector.requests.length).toBeGreaterThan(2);
  for (const { body } of collector.requests) expect(body.length).toBeLessThan(4 * 1024 * 1024);
  const bodies = collector
    .records()
    .slice(1)
    .map(({ body }) => fromAnyValue(body) as unknown as { data: number[] });
  expect(bodies.flatMap(({ data }) => data)).toEqual([...items, ...items, ...items]);
  expect(outcome).toBe(`${collector.url}/v1/logs took ${collector.records().length} log records`);
});

test('a collector that is down is reported at once, and the report arrives when it is up', async () => {
  const port = await findFreePort();
  const delivery = startDelivery(at(`http://127.0.0.1:${port}`), { settings: soon });
  const report = makeReport();
  const { sentence: first } = await delivery.send(report);
  expect(first).toMatch(
    /^http:\S+ did not take 2 log records \(connection refused\): kept in memory, tried again in 1 s$/,
  );
  expect(delivery.undelivered()).toBe(1);
  const collector = await startCollector(accept, port);
  expect(await delivery.said(/ took .* at the \d(nd|rd|th) try$/)).toMatch(
    new RegExp(`^gmr ${report.id}: \\S+ took 2 log records`),
  );
  expect(collector.records().length).toBe(2);
  expect(delivery.lines.length).toBe(2);
  expect(delivery.undelivered()).toBe(0);
});

test('a report that is refused with 503 is sent again', async () => {
  const collector = await startCollector((response, received, n) =>
    (n === 1 ? refuse(503) : accept)(response, received, n),
  );
  const delivery = startDelivery(at(collector.url));
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /\(503 Service Unavailable\): kept in memory, tried again in 1 s$/,
  );
  await delivery.said(/ took 2 log records at the 2nd try$/);
  expect(collector.requests[0]?.text).toBe(collector.requests[1]?.text);
});

test('429 with a Retry-After beyond the exporter’s patience is kept, and tried when it is due', async () => {
  const collector = await startCollector((response, received, n) =>
    (n === 1 ? refuse(429, { 'retry-after': '3' }) : accept)(response, received, n),
  );
  const environment = { ...at(collector.url), OTEL_EXPORTER_OTLP_TIMEOUT: '2000' };
  const delivery = startDelivery(environment, { settings: soon });
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /\(429 Too Many Requests\): kept in memory, tried again in 3 s$/,
  );
  await delivery.said(/ took 2 log records at the 2nd try$/);
});

test.each([400, 401, 403, 404, 413, 500])(
  '%i is final: the line quotes the server, and there is no second try',
  async (status) => {
    const collector = await startCollector(refuse(status, {}, '{"code":3,"message":"no:\\nnot this one"}'));
    const delivery = startDelivery(at(collector.url), { settings: soon });
    const { sentence: outcome } = await delivery.send(makeReport());
    expect(outcome).toMatch(
      new RegExp(
        `^\\S+ did not take 2 log records \\(${status} .*: no: not this one\\): given up after 1 try, in the text only$`,
      ),
    );
    expect(delivery.undelivered()).toBe(0);
    await delivery.close(1000);
    expect(collector.requests.length).toBe(1);
  },
);

test('a collector that hangs is reported when the time is up', async () => {
  const collector = await startCollector(() => {});
  const delivery = startDelivery({ ...at(collector.url), OTEL_EXPORTER_OTLP_TIMEOUT: '1000' }, { settings: soon });
  expect((await delivery.send(makeReport())).sentence).toMatch(/\(no answer in 1 s\): kept in memory/);
  collector.answer(accept);
  await delivery.said(/ took 2 log records at the \d\w\w try$/);
});

test('a collector that drips its answer for ever does not hold a report for ever', async () => {
  const collector = await startCollector((response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(drip));
  });
  const delivery = startDelivery({ ...at(collector.url), OTEL_EXPORTER_OTLP_TIMEOUT: '500' });
  expect((await delivery.send(makeReport())).sentence).toMatch(/\(no answer in \d s\): kept in memory/);
});

test('a request whose connection is closed without an answer is sent again', async () => {
  const collector = await startCollector((response, received, n) => {
    if (n === 1) received.request.socket.destroy();
    else accept(response, received, n);
  });
  const delivery = startDelivery(at(collector.url));
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /\(connection closed without an answer\): kept in memory/,
  );
  await delivery.said(/ took 2 log records at the 2nd try$/);
});

test('a connection that was closed while it was idle is no failure, however much of the next request was written', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url));
  const text = Array.from({ length: 1000 }, () => 'x'.repeat(900));
  for (const report of [makeReport(), makeReport([makeSection('runtime', { text })]), makeReport()]) {
    expect((await delivery.send(report)).sentence).toMatch(/ took \d+ log records$/);
    collector.requests.at(-1)?.request.socket.destroy();
  }
  expect(collector.connections()).toBe(3);
});

test('a partial success says how many were rejected and why', async () => {
  const partial = { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too\nold' } };
  const collector = await startCollector((response) => response.end(JSON.stringify(partial)));
  const delivery = startDelivery(at(collector.url));
  const url = `${collector.url}/v1/logs`;
  expect((await delivery.send(makeReport())).sentence).toBe(`${url} took 1 of 2 log records and rejected 1: too old`);
});

test.each([
  ['a page of HTML', '<html>welcome</html>'],
  ['a long page of HTML', `<html>${'welcome '.repeat(20_000)}</html>`],
  ['a word', 'OK'],
])('%s is not the answer of a collector, and counts as a refusal whatever its status', async (_, body) => {
  const collector = await startCollector((response) => response.end(body));
  const delivery = startDelivery(at(collector.url));
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /its answer is not OTLP: is this a collector\?\): given up after 1 try/,
  );
});

test('a partial success is understood however long it is, and a count that cannot be is bounded', async () => {
  const partial = { partialSuccess: { rejectedLogRecords: '7', errorMessage: 'too old '.repeat(20_000) } };
  const collector = await startCollector((response) => response.end(JSON.stringify(partial)));
  const delivery = startDelivery(at(collector.url));
  expect((await delivery.send(makeReport())).sentence).toMatch(
    / took 0 of 2 log records and rejected 2: too old too old/,
  );
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
])('an answer that is compressed with %s is read', async (encoding, pack) => {
  const collector = await startCollector((response, _, n) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
      .end(pack(n === 1 ? '{}' : '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}')),
  );
  const delivery = startDelivery(at(collector.url));
  expect((await delivery.send(makeReport())).sentence).toMatch(/ took 2 log records$/);
  expect((await delivery.send(makeReport())).sentence).toMatch(/ took 1 of 2 log records and rejected 1: too old$/);
});

test('an answer that claims to be compressed, or is far larger unpacked, is not the answer of a collector', async () => {
  const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, ' '));
  const collector = await startCollector((response, _, n) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(n === 1 ? 'no gzip' : bomb),
  );
  const delivery = startDelivery(at(collector.url));
  for (const report of [makeReport(), makeReport()])
    expect((await delivery.send(report)).sentence).toMatch(/its answer is not OTLP/);
});

test('a request whose answer is cut off is sent again: the answer may have named rejected records', async () => {
  const collector = await startCollector((response, received, n) => {
    if (n > 1) return void accept(response, received, n);
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"partial', () => received.request.socket.destroy());
  });
  const delivery = startDelivery(at(collector.url), { settings: soon });
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /\(connection closed in the middle of the answer\): kept in memory/,
  );
  await delivery.said(/ took 2 log records at the 2nd try$/);
});

test('a redirect is not followed, and the line names its target', async () => {
  const collector = await startCollector(refuse(307, { location: 'http://me:hunter2@elsewhere/v1/logs' }));
  const delivery = startDelivery(at(collector.url));
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /\(307 Temporary Redirect to http:\/\/me:\*\*\*@elsewhere\/v1\/logs, and redirects are not followed\)/,
  );
});

test('fifty reports at once all arrive, once each', async () => {
  const collector = await startCollector((response, received, n) => setImmediate(accept, response, received, n));
  const delivery = startDelivery(at(collector.url));
  const reports = Array.from({ length: 50 }, () => makeReport());
  const outcomes = await Promise.all(reports.map((report) => delivery.send(report)));
  for (const { sentence } of outcomes) expect(sentence).toMatch(/ took 2 log records$/);
  const ids = collector.requests.map(({ json }) => recordsOf(json)[0]?.traceId);
  expect(ids.toSorted()).toEqual(reports.map(({ id }) => id).toSorted());
  expect(collector.connections()).toBeLessThanOrEqual(10);
  expect(delivery.undelivered()).toBe(0);
});

test('fifty reports while the collector is down: twenty are kept, the oldest go first, and each has its line', async () => {
  const port = await findFreePort();
  const delivery = startDelivery(at(`http://127.0.0.1:${port}`), {
    settings: { firstPauseMs: 600_000, maxPauseMs: 600_000, keepMs: 900_000 },
  });
  const reports = Array.from({ length: 50 }, () => makeReport());
  await Promise.all(reports.map((report) => delivery.send(report)));
  await delivery.said(new RegExp(`^gmr ${reports[29]?.id}: .*given up`));
  const givenUp = delivery.lines.filter((line) => line.includes('given up after 1 try'));
  expect(givenUp.length).toBe(30);
  expect(givenUp.every((line) => line.includes('newer ones are kept'))).toBe(true);
  expect(delivery.undelivered()).toBe(20);
  const collector = await startCollector(accept, port);
  await delivery.close(20_000);
  expect(new Set(collector.records().map(({ traceId }) => traceId)).size).toBe(20);
  expect(delivery.undelivered()).toBe(0);
});

test('reports that are kept in memory are bounded in bytes and in time', async () => {
  const environment = { ...at(`http://127.0.0.1:${await findFreePort()}`), OTEL_EXPORTER_OTLP_TIMEOUT: '500' };
  const small = startDelivery(environment, { settings: { ...soon, maxBytes: 1000 } });
  expect((await small.send(makeReport())).sentence).toMatch(/did not take/);
  await small.said(/newer ones are kept\): given up after \d+ (try|tries),/);
  const short = startDelivery(environment, { settings: { ...soon, keepMs: 200 } });
  await short.send(makeReport());
  await short.said(/did not take .* \(connection refused\): given up after \d+ (try|tries), in the text only$/);
  expect(short.undelivered()).toBe(0);
});

test('close tries once more, and says which reports are lost', async () => {
  const port = await findFreePort();
  const lost = startDelivery(at(`http://127.0.0.1:${port}`));
  await lost.send(makeReport());
  await lost.close(20_000);
  expect(lost.lines.at(-1)).toMatch(/\(connection refused\): given up after \d tries, in the text only$/);
  expect(lost.undelivered()).toBe(0);

  const saved = startDelivery(at(`http://127.0.0.1:${port}`));
  await saved.send(makeReport());
  const collector = await startCollector(accept, port);
  await saved.close(20_000);
  expect(saved.lines.at(-1)).toMatch(/ took 2 log records at the \d\w\w try$/);
  expect(collector.records().length).toBe(2);
  expect((await saved.send(makeReport())).sentence).toMatch(/^not sent, in the text only: closed$/);
});

test('close does not wait for a collector that hangs longer than its bound', async () => {
  const collector = await startCollector(() => {});
  const delivery = startDelivery(at(collector.url));
  const sending = delivery.send(makeReport());
  while (collector.requests.length === 0) await new Promise(setImmediate);
  await delivery.close(50);
  expect((await sending).sentence).toMatch(/not sent to .* \(no answer before the end\): in the text only$/);
  expect(delivery.undelivered()).toBe(0);
});

test('a target that is off or not understood is said for each report', async () => {
  const off = startDelivery({ OTEL_SDK_DISABLED: 'true' });
  expect((await off.send(makeReport())).sentence).toBe('not sent, in the text only: OTEL_SDK_DISABLED=true');
  expect(off.undelivered()).toBe(0);
  delete process.env.OTEL_SDK_DISABLED;
  const bad = startDelivery(at('nonsense'));
  expect((await bad.send(makeReport())).sentence).toMatch(
    /OTEL_EXPORTER_OTLP_ENDPOINT=nonsense is not a URL: expected a URL/,
  );
  expect(bad.lines.length).toBe(1);
});

test('no line shows the credentials of the endpoint', async () => {
  const collector = await startCollector();
  const host = `127.0.0.1:${collector.port}`;
  const delivery = startDelivery(at(`http://me:open-sesame@${host}`), { mask: (text) => text });
  expect((await delivery.send(makeReport())).sentence).toBe(`http://***@${host}/v1/logs took 2 log records`);
  expect(collector.requests[0]?.request.headers.authorization).toMatch(/^Basic /);
  await collector.close();
  await delivery.send(makeReport());
  await delivery.close(1000);
  expect(delivery.lines.length).toBeGreaterThan(2);
  expect(delivery.lines.join('\n')).not.toContain('open-sesame');
});

test('send does not reject for a header or a report that is broken', async () => {
  const delivery = startDelivery({ ...at('http://127.0.0.1:9/x'), OTEL_EXPORTER_OTLP_HEADERS: 'x=%0Abad' });
  const broken = Object.defineProperty(makeSection('threads', {}), 'data', {
    get() {
      throw new Error('broken');
    },
  });
  expect((await delivery.send(makeReport([broken]))).sentence).toMatch(/^not sent, in the text only: /);
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /\(Invalid character in header.*\): given up after 1 try/,
  );
  expect(delivery.undelivered()).toBe(0);
});

test('attributes on the wire are those of the record', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url));
  const report = makeReport();
  await delivery.send(report);
  const [, section] = collector.records();
  expect(section && attributesOf(section)).toMatchObject({ 'gmr.report.id': report.id, 'gmr.section.count': 2 });
});
