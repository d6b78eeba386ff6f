import { describe, expect, it } from 'vitest';
import type { StoredRecord } from '../../src/collector/otlp.js';
import { printStored } from '../../src/collector/print.js';
import { addRecord, joinText, listSections, type StoredReport } from '../../src/collector/reports.js';
import { toLogRecords } from '../../src/export/wire/logs.js';
import type { Report } from '../../src/report.js';
import { renderHeader, renderSection, renderText } from '../../src/views/text.js';
import { REPORT } from '../views/report.js';

const report: Report = { ...REPORT, header: { ...REPORT.header, root: '/srv/shop' } };

type Body = { text?: string; data?: unknown };

/** As a store has it, `change` made to each record's body. */
function store(change: (body: Body, name: string) => Body = (body) => body, given = report): StoredReport {
  const reports = new Map<string, StoredReport>();
  for (const { body, attributes } of toLogRecords(given, { renderHeader, renderSection })) {
    const name = String(attributes['gmr.section.name']);
    const sent = JSON.parse(JSON.stringify(body)) as Body;
    const record = {
      resource: new Map(),
      attributes: new Map(Object.entries(attributes)),
      timeMs: given.timeMs,
      readBody: () => change(sent, name),
    };
    addRecord(reports, record as unknown as StoredRecord, true);
  }
  return reports.get(given.id) as StoredReport;
}

describe('a stored report', () => {
  it('is printed as it was sent, and from its data in full and in short', () => {
    expect(printStored(store(), 'text')).toBe(renderText(report));
    expect(printStored(store(), 'full')).toBe(renderText(report, 'full'));
    expect(printStored(store(), 'short')).toBe(renderText(report, 'short'));
  });

  it('of a version that told no root and no data is printed as it was sent', () => {
    const old = store(({ text }) => ({ text: text ?? '' }), REPORT);
    expect(printStored(old, 'full')).toBe(listSections(old).map(joinText).join(''));
    expect(printStored(old, 'short')).toMatch(/Guru Meditation[\s\S]*Threads[\s\S]*In Flight/);
    expect(printStored(old, 'short')).not.toMatch(/Configuration/);
    const rootless = store(undefined, REPORT);
    expect(printStored(rootless, 'short')).toBe(renderText(REPORT, 'short'));
  });

  it('with data of any other shape is printed all the same', () => {
    for (const data of [[], {}, { threads: 5 }, { header: null, notes: 7 }, { constructor: 1 }]) {
      const odd = store(({ text }) => ({ text: text ?? '', data }));
      for (const detail of ['full', 'short'] as const) expect(printStored(odd, detail)).toContain('====');
    }
  });
});
