import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Spool } from '../../src/export/spool/spool.js';
import { toLogRecords } from '../../src/export/wire/logs.js';
import { createRedactor } from '../../src/redact/redactor.js';
import type { Report } from '../../src/report.js';
import { renderJson } from '../../src/views/json.js';
import { renderHeader, renderSection, renderText } from '../../src/views/text.js';
import { makeReport, makeSection } from './helpers.js';

const root = mkdtempSync(join(tmpdir(), 'supplements-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function makeSupplement(of: Report, number: number): Report {
  const late = makeSection('threads', { threads: [], osThreads: [] }, { facts: { 'gmr.section.late_ms': 1200 } });
  return { ...of, sections: [late], supplement: { number, count: of.sections.length + 1 } };
}

const renderers = { renderHeader, renderSection };

test("a supplement's records stand behind the report's, with a uid of their own, and the count stays", () => {
  const report = makeReport([makeSection('threads', { threads: [] }), makeSection('runtime', {})]);
  const all = [report, makeSupplement(report, 1), makeSupplement(report, 2)].flatMap((one) =>
    toLogRecords(one, renderers),
  );
  expect(all.map(({ attributes }) => attributes['gmr.section.index'])).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(all.map(({ attributes }) => attributes['gmr.section.count']))).toEqual(new Set([3]));
  expect(new Set(all.map(({ attributes }) => attributes['log.record.uid'])).size).toBe(5);
  expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([report.id]));
  const times = all.map(({ timestamp: [, nanoseconds] }) => nanoseconds);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  expect(new Set(times).size).toBe(5);
  // A millisecond is 1,000,000 of these: the report's time stays.
  expect(Math.max(...times)).toBeLessThan(124_000_000);
});

test('a supplement does not repeat the header, as text and as JSON', () => {
  const report = makeReport();
  const supplement = makeSupplement(report, 2);
  expect(renderText(supplement)).toBe(renderSection(supplement.sections[0] ?? makeSection('', null)));
  const lines = renderJson(supplement).trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    'gmr.report.id': report.id,
    'gmr.section.index': 3,
    'gmr.section.count': 2,
    'gmr.section.late_ms': 1200,
  });
});

test('the secrets of a report are masked in its supplement, which does not hold their names', () => {
  const redactor = createRedactor({ secretNames: [], declared: {} });
  const given = makeReport([makeSection('configuration', { environment: { DB_PASSWORD: 'correct-horse-77' } })]);
  const report = redactor.report(given);
  const line = makeSection('threads', { threads: [{ frames: [{ source: 'connect("correct-horse-77")' }] }] });
  const supplement = redactor.supplement({ ...report, sections: [line], supplement: { number: 1, count: 2 } });
  expect(JSON.stringify(supplement)).not.toContain('correct-horse');
  expect(JSON.stringify(supplement)).toContain('connect');
  expect(supplement.supplement).toEqual({ number: 1, count: 2 });
});

test('a report and its supplements are files of their own in the spool, each adopted, kept and removed for itself', async () => {
  const directory = join(root, 'spool');
  const open = () => new Spool({ directory, maxBytes: 2 ** 20, maxAgeMs: Number.MAX_SAFE_INTEGER, tell: () => {} });
  const spool = open();
  const report = makeReport();
  const files = [];
  for (const one of [report, makeSupplement(report, 1), makeSupplement(report, 2)]) {
    const { id, timeMs, header, supplement } = one;
    const about = { id, timeMs, service: header.service, ...(supplement ? { part: `late-${supplement.number}` } : {}) };
    files.push(spool.write(about, [JSON.stringify(toLogRecords(one, renderers))]));
  }
  expect(readdirSync(directory)).toHaveLength(3);
  expect(files.map(({ id }) => id)).toEqual([report.id, report.id, report.id]);
  // It does not adopt its own entries.
  expect(await spool.adopt(undefined)).toEqual([]);
  const next = await open().adopt('checkout');
  expect(next).toHaveLength(3);
  const lines = next.map((entry) => entry.read());
  expect(lines.map(([line = '']) => /"late_ms|gmr.section.late_ms/.test(line)).sort()).toEqual([false, true, true]);
  next[1]?.remove();
  next[2]?.refuse('refused by a test');
  expect(readdirSync(directory).filter((name) => name.endsWith('.jsonl'))).toHaveLength(1);
  expect(readdirSync(join(directory, 'refused'))).toHaveLength(2);
});
