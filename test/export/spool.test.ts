import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Spool } from '../../src/export/spool/spool.js';
import { LOG_LINES } from '../../src/export/wire/otlp-logs.js';
import { findFreePort } from '../ports.js';
import { accept, cleanUp, makeReport, makeSection, refuse, startCollector, startDelivery } from './helpers.js';

const root = mkdtempSync(join(tmpdir(), 'spool-'));
let runs = 0;
let directory: string;
let told: string[];
/** The reports of these tests are of a fixed day. */
const FOREVER = Number.MAX_SAFE_INTEGER;
const soon = { firstPauseMs: 20, maxPauseMs: 50 };
const at = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
const open = (options: { maxBytes?: number; maxAgeMs?: number } = {}) =>
  new Spool({
    directory,
    maxBytes: 64 * 2 ** 20,
    maxAgeMs: FOREVER,
    tell: (sentence) => void told.push(sentence),
    ...options,
  });
const files = () => readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
/** Leaves a report as an ended process does. */
const leave = async (id: string, timeMs = Date.now(), service = 'checkout', lines = ['{}']) => {
  const file = open().write({ id, timeMs, service }, lines);
  file.release();
};
const idOf = (n: number) => String(n).padStart(32, '0');

beforeEach(() => {
  runs += 1;
  told = [];
  directory = join(root, String(runs));
});
afterEach(cleanUp);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a report is on disk before it is sent, for its user alone, and is gone once it is taken', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url), { spool: open() });
  const report = makeReport([
    makeSection('runtime', { ratio: 0.5, count: 3, text: 'é', none: null, list: [1, 'a', true] }),
  ]);
  const draft = await delivery.writeAhead(report);
  expect(files()).toEqual([expect.stringMatching(new RegExp(`^checkout\\.\\d{13}\\.${report.id}\\.${process.pid}-`))]);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const path = join(directory, files()[0] ?? '');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const line = JSON.parse(readFileSync(path, 'utf8'));
  expect((await delivery.send(report, draft)).sentence).toMatch(/ took 2 log records$/);
  expect(files()).toEqual([]);
  // The lines on disk are those that the SDK's serializer sent.
  const [sent] = collector.requests;
  expect(line.resourceLogs[0].scopeLogs[0].logRecords).toEqual(
    sent?.json.resourceLogs[0]?.scopeLogs[0]?.logRecords.map((record) =>
      Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'droppedAttributesCount')),
    ),
  );
});

test('lines are read back as they were written, none longer than a receiver takes', () => {
  const content = (index: number) => ({
    eventName: 'gmr.custom',
    timestamp: [1_790_000_000, 123_000_000 + index] as [number, number],
    severityNumber: 9 as const,
    severityText: 'INFO' as const,
    body: { text: `text ${index}\n`, data: { a: [1, 2.5, null, false, 'x'.repeat(100_000)] } },
    attributes: { 'gmr.section.index': index },
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
  });
  const contents = Array.from({ length: 30 }, (_, index) => content(index));
  const origin = { resource: { 'service.name': 'checkout', 'process.command_args': ['a', 'b'] }, version: '1.2.3' };
  const lines = LOG_LINES.encode(origin, contents);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(2 ** 20);
  expect(LOG_LINES.decode(lines)).toEqual({ origin, contents });
});

test('a report that a collector does not take stays on disk, costs no memory, and is sent when the collector comes up', async () => {
  const port = await findFreePort();
  const delivery = startDelivery(at(`http://127.0.0.1:${port}`), { spool: open(), settings: { ...soon, keepMs: 1 } });
  const report = makeReport();
  expect((await delivery.send(report)).sentence).toContain(`kept in ${directory}, tried again in`);
  expect(files()).toHaveLength(1);
  const collector = await startCollector(accept, port);
  await delivery.said(/ took 2 log records at the \d+(st|nd|rd|th) try/);
  expect(collector.records()).toHaveLength(2);
  expect(files()).toEqual([]);
});

test.each([400, 401, 413, 500])(
  'a report that is refused with %d is kept aside with the reason, and not sent again',
  async (status) => {
    const collector = await startCollector(refuse(status, {}, '{"message":"no thanks"}'));
    const delivery = startDelivery(at(collector.url), { spool: open(), settings: soon });
    expect((await delivery.send(makeReport())).sentence).toContain(`kept aside in ${directory}/refused`);
    expect(files()).toEqual([]);
    const [name = '', reason = ''] = readdirSync(join(directory, 'refused')).sort();
    expect(name).toMatch(/\.jsonl$/);
    expect(readFileSync(join(directory, 'refused', reason), 'utf8')).toMatch(new RegExp(`: ${status} .*no thanks`));
    expect(await open().adopt(undefined)).toEqual([]);
  },
);

test('refused reports are put back among those that wait, and sent once the cause is mended', async () => {
  const collector = await startCollector(refuse(401));
  const delivery = startDelivery(at(collector.url), { spool: open() });
  const reports = [makeReport(), makeReport()];
  for (const report of reports) await delivery.send(report);
  expect(readdirSync(join(directory, 'refused'))).toHaveLength(4);
  collector.answer(accept);
  const next = startDelivery(at(collector.url), { spool: open() });
  await Promise.all([next.restore(), open().restore()]);
  const outcomes = await Promise.all(await next.adopt(undefined));
  expect(outcomes).toEqual(reports.map(() => expect.objectContaining({ taken: true })));
  expect([...files(), ...readdirSync(join(directory, 'refused'))]).toEqual([]);
});

test('no report is lost if the directory is removed while the process runs', async () => {
  const collector = await startCollector(refuse(503));
  const delivery = startDelivery(at(collector.url), { spool: open(), settings: soon });
  await delivery.send(makeReport());
  rmSync(directory, { recursive: true });
  // The next try finds it gone, and puts it there again.
  const before = collector.requests.length;
  while (collector.requests.length < before + 2) await new Promise(setImmediate);
  expect(files()).toHaveLength(1);
  rmSync(directory, { recursive: true });
  collector.answer(refuse(400));
  await delivery.said(/kept aside in/);
  expect(readdirSync(join(directory, 'refused'))).toHaveLength(2);
  await delivery.send(makeReport());
  rmSync(directory, { recursive: true });
  collector.answer(refuse(503));
  await delivery.send(makeReport());
  rmSync(directory, { recursive: true });
  await delivery.close(100);
  expect(files()).toEqual([expect.stringContaining('.0-0-00000000.jsonl')]);
});

test('a report that is rejected in part is kept aside too', async () => {
  const body = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
  const collector = await startCollector(refuse(200, {}, body));
  const delivery = startDelivery(at(collector.url), { spool: open() });
  expect((await delivery.send(makeReport())).sentence).toMatch(/ took 1 of 2 log records and rejected 1: too old/);
  expect(readdirSync(join(directory, 'refused'))).toHaveLength(2);
});

test('a directory that cannot be used loses nothing: the report goes out from memory, and it is said', async () => {
  writeFileSync(directory, '');
  const collector = await startCollector();
  const delivery = startDelivery(at(collector.url), { spool: open() });
  expect((await delivery.send(makeReport())).sentence).toMatch(/ took 2 log records$/);
  expect(delivery.lines[0]).toMatch(/cannot be written to \(.*\): it is sent from memory$/);
});

test('a link in place of the directory, or of a file, is not followed', async () => {
  const elsewhere = `${directory}-elsewhere`;
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, directory);
  expect(() => open().write({ id: idOf(1), timeMs: 1, service: 'a' }, ['{}'])).toThrow(/is a symbolic link/);
  rmSync(directory);
  await leave(idOf(1));
  const secret = join(elsewhere, 'secret');
  writeFileSync(secret, 'hunter2\n');
  const [name = ''] = files();
  symlinkSync(secret, join(directory, name.replace(idOf(1), idOf(2))));
  const adopted = await open().adopt(undefined);
  expect(adopted.map(({ id }) => id)).toEqual([idOf(1)]);
});

test.each(['../../../tmp/x', 'A'.repeat(32), '', `${idOf(1)}/`])(
  '%j is not an id, and is in no file name',
  async (id) => {
    expect(() => open().write({ id, timeMs: 1, service: 'a' }, ['{}'])).toThrow(/is not the name of a report's file/);
    expect(readdirSync(directory)).toEqual([]);
  },
);

test('the name of a service cannot form a path', async () => {
  await leave(idOf(1), Date.now(), '../../etc/\u001b[2J');
  expect(files()).toEqual([expect.stringMatching(/^_etc_2J\.\d{13}\./)]);
});

test('a directory that others may read is closed to them', async () => {
  mkdirSync(directory, { mode: 0o755 });
  chmodSync(directory, 0o777);
  await leave(idOf(1));
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

test.runIf(process.getuid?.() === 0)('a directory of another user is not used', () => {
  mkdirSync(directory);
  chownSync(directory, 65_534, 65_534);
  const spool = open();
  expect(() => spool.write({ id: idOf(1), timeMs: 1, service: 'a' }, ['{}'])).toThrow(/belongs to user 65534, this is/);
  expect(readdirSync(directory)).toEqual([]);
});

test('files of ended processes of the service are taken over once, the oldest first', async () => {
  await leave(idOf(2), Date.now() - 1000);
  await leave(idOf(1), Date.now() - 2000);
  await leave(idOf(3), Date.now(), 'billing');
  const held = open().write({ id: idOf(4), timeMs: Date.now(), service: 'checkout' }, ['{}']);
  writeFileSync(join(directory, 'notes.txt'), 'not ours');
  const spool = open();
  expect((await spool.adopt('checkout')).map(({ id }) => id)).toEqual([idOf(1), idOf(2), held.id]);
  expect(await spool.adopt('checkout')).toEqual([]);
  expect((await spool.adopt(undefined)).map(({ id }) => id)).toEqual([idOf(3)]);
});

test('a file of a live process is left to it', async () => {
  await leave(idOf(1));
  const [name = ''] = files();
  const started = readFileSync(`/proc/${process.ppid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19];
  const owner = open().write({ id: idOf(2), timeMs: 1, service: 'x' }, ['{}']).id;
  const place = files()
    .find((one) => one.includes(owner))
    ?.split('-')
    .at(-1)
    ?.slice(0, 8);
  const held = name.replace(/0-0-00000000/, `${process.ppid}-${started}-${place}`);
  writeFileSync(join(directory, held), '{}\n');
  rmSync(join(directory, name));
  expect(await open().adopt('checkout')).toEqual([]);
  // A file of another container counts as that of a live process as long as its lease is renewed.
  const other = join(directory, held.replace(place ?? '', 'deadbeef'));
  writeFileSync(other, '{}\n');
  rmSync(join(directory, held));
  expect(await open().adopt('checkout')).toEqual([]);
  // That clock has been set back since: the lease would last for a day.
  utimesSync(other, new Date(), Date.now() / 1000 + 86_400);
  expect((await open().adopt('checkout')).map(({ id }) => id)).toEqual([idOf(1)]);
});

test('the parts of a report are files of their own, and each is taken over for itself', async () => {
  const about = { id: idOf(1), timeMs: Date.now(), service: 'checkout' };
  for (const part of ['', 'traces', 'late-1'])
    open()
      .write({ ...about, part }, ['{}'])
      .release();
  expect(files()).toHaveLength(3);
  const spool = open();
  const adopted = await spool.adopt('checkout');
  expect(adopted.map(({ id, part }) => [id, part])).toEqual([
    [idOf(1), ''],
    [idOf(1), 'late-1'],
    [idOf(1), 'traces'],
  ]);
  adopted[0]?.release();
  expect((await spool.adopt('checkout')).map(({ part }) => part)).toEqual(['']);
});

/** A few files are looked at in one turn of the loop. */
const trimmed = () => new Promise(setImmediate);

test('a part is not dropped to make room for another part of its report', async () => {
  const about = { id: idOf(1), timeMs: Date.now(), service: 'checkout' };
  const spool = open({ maxBytes: 1000 });
  spool.write(about, ['x'.repeat(900)]);
  spool.write({ ...about, part: 'traces' }, ['x'.repeat(400)]);
  await trimmed();
  expect(files()).toHaveLength(2);
  spool.write({ ...about, id: idOf(2), timeMs: Date.now() + 1 }, ['x'.repeat(400)]);
  await trimmed();
  expect(told[0]).toMatch(new RegExp(`^report ${idOf(1)} is dropped`));
  expect(files()).toHaveLength(2);
});

test('two processes that adopt at once share the files between them', async () => {
  for (let n = 0; n < 50; n += 1) await leave(idOf(n));
  const [one, other] = await Promise.all([open().adopt('checkout'), open().adopt('checkout')]);
  expect(new Set([...one, ...other].map(({ id }) => id)).size).toBe(50);
  const lines = await Promise.allSettled([...one, ...other].map(async (entry) => entry.read()));
  expect(lines.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(50);
});

test('the oldest reports are dropped if there is no room, and those that are too old, and each is said', async () => {
  const text = ['x'.repeat(400)];
  for (let n = 1; n <= 4; n += 1) await leave(idOf(n), Date.now() - 10_000 + n, 'checkout', text);
  const spool = open({ maxBytes: 1000 });
  spool.write({ id: idOf(5), timeMs: Date.now(), service: 'checkout' }, text);
  await trimmed();
  expect(files().map((name) => name.split('.')[2])).toEqual([idOf(4), idOf(5)]);
  expect(told).toHaveLength(3);
  expect(told[0]).toMatch(new RegExp(`^report ${idOf(1)} is dropped from .*GMR_SPOOL_MAX_MIB`));
  told = [];
  await leave(idOf(6), Date.now() - 8 * 86_400_000);
  await open({ maxAgeMs: 7 * 86_400_000 }).adopt('nobody');
  expect(told).toEqual([expect.stringContaining(`report ${idOf(6)} is dropped`)]);
});

test.each([
  ['cut off', '{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{"name":"guru-medi'],
  ['of something else', '{"resourceLogs":[]}'],
  ['empty', ''],
  ['of zeros', '\0'.repeat(1000)],
  ['of escape sequences', '\u001b[2J\u009b2J'],
])('a file that is %s is kept aside with the reason, and the others are sent', async (_, text) => {
  const collector = await startCollector();
  const first = startDelivery({ ...at(collector.url) }, { spool: open() });
  const draft = await first.writeAhead(makeReport());
  draft.logs?.release();
  await leave(idOf(1), 1_790_000_000_000, 'checkout', [text]);
  const delivery = startDelivery(at(collector.url), { spool: open() });
  const outcomes = await Promise.all(await delivery.adopt('checkout'));
  expect(outcomes.filter(({ sentence }) => / took \d+ log records$/.test(sentence))).toHaveLength(1);
  expect(outcomes.filter(({ sentence }) => /cannot be read .*: kept aside in/.test(sentence))).toHaveLength(1);
  expect(outcomes.map(({ sentence }) => sentence).join('')).not.toMatch(/\p{Cc}/u);
  expect(collector.records()).toHaveLength(2);
  expect(files()).toEqual([]);
});

test('a replay is the same to the letter, so that a backend can drop it', async () => {
  const port = await findFreePort();
  const delivery = startDelivery(at(`http://127.0.0.1:${port}`), { spool: open() });
  const report = makeReport();
  await delivery.send(report);
  await delivery.close(1);
  const collector = await startCollector(accept, port);
  const again = startDelivery(at(collector.url), { spool: open() });
  await Promise.all(await again.adopt('checkout'));
  await again.send(report);
  const [replayed, fresh] = collector.requests;
  expect(replayed?.text).toBe(fresh?.text);
});

test('a delivery goes on with what one with other settings could not send, and nothing is sent twice', async () => {
  const [port, collector] = [await findFreePort(), await startCollector()];
  const held = new Map();
  const share = () => new Spool({ directory, maxBytes: 64 * 2 ** 20, maxAgeMs: FOREVER, tell: () => {}, held });
  const first = startDelivery(at(`http://127.0.0.1:${port}`), { spool: share(), settings: soon });
  const report = makeReport();
  await first.send(report);
  const next = startDelivery(at(collector.url), { spool: share() });
  expect(await next.adopt('checkout')).toEqual([]);
  next.succeed(first);
  next.succeed(first);
  await next.said(/ took 2 log records$/);
  await first.close(100);
  expect(collector.requests).toHaveLength(1);
  expect(files()).toEqual([]);
  expect([first.undelivered() + next.undelivered(), first.waiting() + next.waiting()]).toEqual([0, 0]);
});

test('a delivery that sends nothing leaves the reports to the one before it', async () => {
  const port = await findFreePort();
  const first = startDelivery(at(`http://127.0.0.1:${port}`), { settings: soon });
  await first.send(makeReport());
  const next = startDelivery({ OTEL_LOGS_EXPORTER: 'none' });
  next.succeed(first);
  await startCollector(accept, port);
  await first.said(/ took 2 log records at the /);
});

test('close says that reports wait, and leaves them free for the next process', async () => {
  const port = await findFreePort();
  const delivery = startDelivery(at(`http://127.0.0.1:${port}`), { spool: open(), settings: soon });
  await delivery.send(makeReport());
  await delivery.close(50);
  expect(delivery.lines.at(-1)).toContain(`waiting in ${directory}`);
  expect(files()).toEqual([expect.stringContaining('.0-0-00000000.jsonl')]);
});
