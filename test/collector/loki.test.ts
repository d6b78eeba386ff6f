import { expect, it } from 'vitest';
import { hashOf } from '../../src/collector/causes.js';
import { readLokiRecords } from '../../src/collector/loki.js';
import { addRecord, type StoredReport } from '../../src/collector/reports.js';

/** The report that Loki's answer has, with these facts in its header's record. */
function readAnswer(facts: { readonly [label: string]: string }, isCategorized: boolean): StoredReport | undefined {
  const id = 'a'.repeat(32);
  const labels = {
    gmr_report_id: id,
    gmr_section_index: '0',
    gmr_section_count: '1',
    gmr_section_name: 'report',
    ...facts,
  };
  const line = '{"text":"head\\n"}';
  const stream = isCategorized
    ? { stream: { service_name: 'shop' }, values: [['1795520345123456789', line, { structuredMetadata: labels }]] }
    : { stream: { service_name: 'shop', ...labels }, values: [['1795520345123456789', line]] };
  const reports = new Map<string, StoredReport>();
  for (const record of readLokiRecords({ data: { resultType: 'streams', result: [stream] } }) ?? [])
    addRecord(reports, record, true);
  return reports.get(id);
}

it.each([true, false])('the cause of a report is in Loki’s answer (metadata apart: %s)', (isCategorized) => {
  const stuck = {
    gmr_main_stack_hash: 'abcdef',
    code_function_name: 'applyVoucher',
    code_file_path: '/srv/checkout.js',
    code_line_number: '14',
    gmr_main_request: 'POST /checkout',
  };
  expect(readAnswer(stuck, isCategorized)).toMatchObject({
    service: 'shop',
    stackHash: 'abcdef',
    top: '/srv/checkout.js:14 in applyVoucher',
    request: 'POST /checkout',
  });
  const idle = readAnswer({ gmr_suspended_hash: 'fedcba', gmr_suspended_place: 'loadCart cart.js:9' }, isCategorized);
  expect(idle && [hashOf(idle), idle.suspendedPlace]).toEqual(['fedcba', 'loadCart cart.js:9']);
  const crashed = readAnswer({ exception_type: 'TypeError', exception_message: 'x is not a function' }, isCategorized);
  expect(crashed?.thrown).toBe('TypeError: x is not a function');
});
