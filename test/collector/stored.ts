import { loadReport, openReports } from '../../src/collector/listing.js';
import type { StoredReport } from '../../src/collector/reports.js';

/** The reports of a directory, as a command reads them. */
export async function listReports(directory: string): Promise<readonly StoredReport[]> {
  const reports = openReports(directory);
  await reports.refresh();
  return reports.list();
}

export async function readReport(directory: string, id: string): Promise<StoredReport | undefined> {
  const reports = openReports(directory);
  await reports.refresh();
  return loadReport(reports, id);
}

/** A request with the records of one report: its header, and some sections. */
export function makeRequest(
  id: string,
  more: { readonly service?: string; readonly sections?: readonly number[] } = {},
) {
  const { service = 'shop', sections = [0, 1, 2] } = more;
  const attributes = (map: Record<string, string | number>) =>
    Object.entries(map).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
    }));
  const logRecords = sections.map((index) => ({
    timeUnixNano: `${Date.parse('2026-11-26T12:00:00Z') + Number.parseInt(id.slice(-6), 16)}000000`,
    attributes: attributes({
      'gmr.report.id': id,
      'gmr.report.trigger': 'signal',
      'gmr.section.index': index,
      'gmr.section.count': 3,
      'gmr.section.name': index === 0 ? 'report' : `custom.${index}`,
      'log.record.uid': `${id}:${index}`,
      ...(index === 0 ? { 'gmr.verdict': 'main idle', 'gmr.main.state': 'idle' } : {}),
    }),
    body: { kvlistValue: { values: [{ key: 'text', value: { stringValue: `text ${index} of ${id}\n` } }] } },
  }));
  const resource = { attributes: attributes({ 'service.name': service, 'process.pid': 77 }) };
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
}

const HOSTILE =
  '<img src=x onerror=alert(1)><b class=hostile>"\'&</b></script><script>alert(2)</script>\u001b[2J\u202e';

function toValue(value: unknown): object {
  if (typeof value === 'number') return { doubleValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toValue) } };
  if (typeof value !== 'object' || value === null) return { stringValue: String(value) };
  return { kvlistValue: { values: Object.entries(value).map(([key, item]) => ({ key, value: toValue(item) })) } };
}

/** A report with markup in each of its fields. */
export function makeHostileRequest(id: string) {
  const frame = {
    function: HOSTILE,
    file: `/a/${HOSTILE}`,
    line: 3,
    column: 4,
    source: HOSTILE,
    sourceBefore: HOSTILE,
  };
  const frames = [
    { ...frame, origin: 'application' },
    { ...frame, file: `/a/node_modules/${HOSTILE}/i.js`, origin: 'dependency' },
  ];
  const thread = { id: 0, name: HOSTILE, state: HOSTILE, forMs: 5, note: HOSTILE, callee: HOSTILE, frames };
  const header = {
    service: HOSTILE,
    host: HOSTILE,
    process: '7',
    trigger: HOSTILE,
    main: HOSTILE,
    serving: HOSTILE,
    waitsFor: HOSTILE,
  };
  const request = { direction: HOSTILE, method: HOSTILE, path: `/${HOSTILE}`, state: HOSTILE, ageMs: 9, active: true };
  const callback = { function: HOSTILE, file: `/${HOSTILE}`, line: 3, origin: 'application' };
  const oldest = { protocol: HOSTILE, method: HOSTILE, peer: HOSTILE, path: HOSTILE, ageMs: 1500 };
  const settler = { kind: HOSTILE, name: HOSTILE, of: 2, callback, requests: { count: 2, oldest } };
  const chains = [{ count: 2, steps: [{ place: 0, by: HOSTILE }, { place: 1 }], end: 'promise', settler }];
  const suspended = { threads: [{ thread: HOSTILE, count: 2, places: frames, chains }] };
  const sections: [string, object][] = [
    ['report', header],
    [
      'threads',
      { threads: [thread, { ...thread, id: 2 }], osThreads: [{ name: HOSTILE, state: HOSTILE }], pool: HOSTILE },
    ],
    ['green_threads', { suspended, chains: [{ thread: HOSTILE, frames }] }],
    [
      'in_flight',
      {
        known: true,
        requests: [request],
        requestCount: 1,
        spans: [{ ...request, name: HOSTILE, kind: HOSTILE, traceId: HOSTILE }],
        spanCount: 1,
      },
    ],
    [HOSTILE, {}],
  ];
  const logRecords = sections.map(([name, data], index) => {
    const attributes = {
      'gmr.report.id': id,
      'gmr.report.trigger': HOSTILE,
      'gmr.section.name': name,
      'gmr.section.title': HOSTILE,
      'gmr.section.status': index === 4 ? HOSTILE : 'ok',
      'gmr.main.state': HOSTILE,
      'gmr.verdict': `main ${HOSTILE} at ${HOSTILE} in ${HOSTILE}; ${HOSTILE}`,
      'gmr.main.stack_hash': HOSTILE,
      'gmr.main.request': HOSTILE,
      'exception.type': HOSTILE,
      'exception.message': HOSTILE,
      'code.function.name': HOSTILE,
      'code.file.path': HOSTILE,
    };
    const counts = [
      { key: 'gmr.section.index', value: { intValue: index } },
      { key: 'gmr.section.count', value: { intValue: sections.length } },
    ];
    return {
      timeUnixNano: `${Date.parse('2026-11-26T13:00:00Z')}000000`,
      attributes: [...counts, ...Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) }))],
      body: toValue({ text: `${HOSTILE}\n${HOSTILE} = ${HOSTILE}\n------ ${HOSTILE} ------\n`, data }),
    };
  });
  const resource = { attributes: [{ key: 'service.name', value: toValue(HOSTILE) }] };
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
}

/** A trace of two spans with markup in their names and attributes, during which a report was made. */
export function makeSpans(traceId: string, report: string) {
  const startMs = Date.parse('2026-11-26T12:59:59Z');
  const span = (spanId: string, parentSpanId: string) => ({
    traceId,
    spanId,
    parentSpanId,
    name: `POST ${HOSTILE}`,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 3000}000000`,
    attributes: [
      { key: 'gmr.report.id', value: toValue(report) },
      { key: HOSTILE, value: toValue({ [HOSTILE]: HOSTILE }) },
    ],
    status: { code: 2 },
  });
  const resource = { attributes: [{ key: 'service.name', value: toValue(HOSTILE) }] };
  const spans = [span('1'.repeat(16), ''), span('2'.repeat(16), '1'.repeat(16))];
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}
