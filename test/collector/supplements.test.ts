import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { toCompared } from '../../src/collector/compared.js';
import { extractReports } from '../../src/collector/report-rows.js';
import { countSupplements, isComplete } from '../../src/collector/reports.js';
import { openStore } from '../../src/collector/store.js';
import { listReports, readReport } from './stored.js';

const root = mkdtempSync(join(tmpdir(), 'supplements-'));
const ID = 'a'.repeat(32);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A record of Threads, or of the header. */
function makeRecord(index: number, name: string, hash: string) {
  const about = { 'gmr.report.id': ID, 'gmr.section.index': index, 'gmr.section.count': 2, 'gmr.section.name': name };
  const stack = hash === '' ? {} : { 'gmr.main.stack_hash': hash, 'code.function.name': hash };
  const said = { key: 'said', value: { stringValue: hash } };
  return {
    attributes: Object.entries({ ...about, ...stack }).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
    })),
    body: { kvlistValue: { values: [{ key: 'data', value: { kvlistValue: { values: [said] } } }] } },
  };
}

const HEADER = makeRecord(0, 'report', '');
const THREADS = makeRecord(1, 'threads', 'own');
const SUPPLEMENT = makeRecord(2, 'threads', 'late');
const UNKNOWN = makeRecord(1, 'threads', '');

it.each([
  ['of the report, by whatever requests its supplement comes', 'own', [[HEADER, THREADS], [SUPPLEMENT]]],
  ['of the report, if the supplement comes first', 'own', [[SUPPLEMENT], [HEADER, THREADS]]],
  ['of the report, if all come at once', 'own', [[HEADER, THREADS, SUPPLEMENT]]],
  ['of the report, if all come at once in another order', 'own', [[SUPPLEMENT, THREADS, HEADER]]],
  ['of the supplement, if the report has none', 'late', [[HEADER, UNKNOWN], [SUPPLEMENT]]],
  ['of the supplement, if the report has none and all come at once', 'late', [[SUPPLEMENT, UNKNOWN, HEADER]]],
])('the stack of a stored report is that %s, in the list and on its page', async (_, hash, requests) => {
  const directory = mkdtempSync(join(root, 'run-'));
  const store = await openStore(directory);
  for (const logRecords of requests) {
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
    await store.append('logs', JSON.stringify(request));
    expect((await extractReports(request)).map(({ id }) => id)).toEqual([ID]);
  }
  const [listed] = await listReports(directory);
  const report = await readReport(directory, ID);
  for (const one of [listed, report]) {
    expect(one).toMatchObject({ stackHash: hash, top: ` in ${hash}` });
    expect(one && [isComplete(one), countSupplements(one)]).toEqual([true, 1]);
  }
  // Two reports are compared as they were made.
  expect(report && toCompared(report).data.get('threads')).toEqual({ said: hash === 'own' ? 'own' : '' });
});
