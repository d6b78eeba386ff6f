import { expect, test } from 'vitest';
import { type Renderers, toLogRecords } from '../../src/export/wire/logs.js';
import { renderHeader, renderSection } from '../../src/views/text.js';
import { makeReport, makeSection } from './helpers.js';

const renderers: Renderers = { renderHeader, renderSection };

test('the header comes first, then a record for each section, a nanosecond apart', () => {
  const threads = makeSection('threads', { threads: [], osThreads: [] }, { facts: { 'gmr.main.state': 'idle' } });
  const report = makeReport([threads, makeSection('custom.queue', { depth: 3 }, { title: 'Queue' })]);
  const records = toLogRecords(report, renderers);
  expect(records.map(({ eventName }) => eventName)).toEqual(['gmr.report', 'gmr.threads', 'gmr.custom']);
  expect(records.map(({ timestamp }) => timestamp)).toEqual([
    [1_790_000_000, 123_000_000],
    [1_790_000_000, 123_000_001],
    [1_790_000_000, 123_000_002],
  ]);
  expect(records[0]?.attributes).toEqual({
    'gmr.schema.version': '1.0.0',
    'gmr.report.id': report.id,
    'gmr.report.trigger': 'signal',
    'gmr.report.signal': 'SIGUSR1',
    'gmr.main.state': 'running JavaScript',
    'gmr.verdict': 'main running JavaScript',
    'gmr.section.name': 'report',
    'gmr.section.title': 'Guru Meditation',
    'gmr.section.index': 0,
    'gmr.section.count': 3,
    'gmr.section.status': 'ok',
    'log.record.uid': expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(records[0]?.body.data).toMatchObject({
    report: report.id,
    host: 'web-1',
    main: 'running JavaScript',
    notes: [],
  });
  expect(records[1]?.attributes).toMatchObject({ 'gmr.main.state': 'idle', 'gmr.section.index': 1 });
  expect(records[2]?.attributes).toMatchObject({ 'gmr.section.name': 'custom.queue', 'gmr.section.title': 'Queue' });
  expect(records[2]?.body).toEqual({ text: renderSection(report.sections[1] ?? threads), data: { depth: 3 } });
});

test('ids: the trace is the report, a span is the section, and a uid is the same the next time', () => {
  const report = makeReport();
  const [header, section] = toLogRecords(report, renderers);
  expect(section).toMatchObject({ traceId: report.id, spanId: report.sections[0]?.spanId });
  expect(header?.spanId).toMatch(/^[0-9a-f]{16}$/);
  const uids = [report, report, makeReport()].map((each) =>
    toLogRecords(each, renderers).map(({ attributes }) => attributes['log.record.uid']),
  );
  expect(uids[0]).toEqual(uids[1]);
  expect(new Set(uids.flat()).size).toBe(4);
});

test('a section that failed or timed out is a warning and says why', () => {
  const sections = (['ok', 'failed', 'timed_out'] as const).map((status) =>
    makeSection(`custom.${status}`, null, { status, error: 'boom' }),
  );
  const records = toLogRecords(makeReport(sections), renderers).slice(1);
  expect(records.map(({ severityNumber }) => severityNumber)).toEqual([9, 13, 13]);
  expect(records[1]?.severityText).toBe('WARN');
  expect(records[1]?.attributes['gmr.section.error']).toBe('boom');
});

test('parts are numbered, keep the index and the count, and have uids and times of their own', () => {
  const text = 'a line of the text\n'.repeat(30_000);
  const report = makeReport([makeSection('custom.text', null, { text }), makeSection('runtime', {})]);
  const [, ...records] = toLogRecords(report, renderers);
  const parts = records.slice(0, -1);
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.map(({ attributes }) => attributes['gmr.section.part'])).toEqual(parts.map((_, n) => n + 1));
  for (const { attributes } of parts)
    expect(attributes).toMatchObject({
      'gmr.section.parts': parts.length,
      'gmr.section.index': 1,
      'gmr.section.count': 3,
    });
  expect(records.at(-1)?.attributes).toMatchObject({ 'gmr.section.index': 2 });
  expect(new Set(records.map(({ attributes }) => attributes['log.record.uid'])).size).toBe(records.length);
  expect(new Set(records.map(({ timestamp }) => timestamp.join())).size).toBe(records.length);
});

test('facts cannot replace attributes of the schema, and are bounded', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`app.fact.${n}`, 'z'.repeat(5000)]));
  const section = makeSection('runtime', {}, { facts: { 'gmr.report.id': 'forged', ...many } });
  const report = makeReport([section]);
  const attributes = toLogRecords(report, renderers)[1]?.attributes ?? {};
  expect(attributes['gmr.report.id']).toBe(report.id);
  expect(Object.keys(attributes).length).toBeLessThanOrEqual(60);
  expect(Buffer.byteLength(JSON.stringify(attributes))).toBeLessThan(40_000);
  expect(String(attributes['app.fact.1'])).toMatch(/… \[cut: 5000 characters\]$/);
});
