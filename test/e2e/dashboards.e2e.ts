import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAll } from '../process/start.js';
import { type Hold, mainOf, type Printed, report, reportCrash, startService, untilTaken } from './apps.js';
import { countGroups, findEntries, type Sample, until } from './backends.js';
import {
  type Answer,
  askDashboard,
  askVariable,
  columnsOf,
  type Found,
  fill,
  findTrace,
  readDashboard,
  readProvisioning,
  type Values,
} from './grafana.js';
import { type InFlight, sendInFlight } from './in-flight.js';
import { type Stack, startStack } from './stack.js';

/** The reports that are made, so that every number is known. */
const HELD: readonly [service: string, hold: Hold][] = [
  ['shop', 'idle'],
  ['shop', 'waitForStock'],
  ['shop', 'waitForStock'],
  ['shop', 'waitForLock'],
  ['search', 'waitForLock'],
  ['search', 'readPipe'],
];
const TRACE = 'c0ffee'.padEnd(32, '0');
const IN_FLIGHT: readonly InFlight[] = [
  { name: 'POST /checkout', ageMs: 4000, traceId: TRACE },
  { name: 'POST /checkout', ageMs: 9000, traceId: 'd0'.repeat(16) },
  { name: 'GET /stock', ageMs: 70, traceId: TRACE },
];

let stack: Stack;
const made: (Printed & { service: string; hold: Hold })[] = [];
let stalled: Printed;
let crashed: Printed;

beforeAll(async () => {
  stack = await startStack();
  for (const [service, hold] of HELD)
    made.push({ service, hold, ...(await report(startService(stack, service, hold))) });
  const stall = startService(stack, 'stalled', 'waitForStock', { env: { GMR_STALL_MS: '2000' } });
  stalled = await untilTaken(stall);
  crashed = await reportCrash(stack, 'crashed');
  await sendInFlight(stack, { reportId: of('waitForStock')[0]?.id ?? '', service: 'shop' }, IN_FLIGHT);
  const records = [...made, stalled, crashed].reduce((sum, one) => sum + one.records, 0) + IN_FLIGHT.length + 1;
  const count = () => countGroups(stack.lokiUrl, 'sum(count_over_time({service_name=~".+"}[1h]))');
  await until(count, ([sample]) => sample?.value === records, `${records} records in Loki`);
  for (const { id, spans } of [...made, stalled, crashed])
    await until(
      () => findTrace(stack, id),
      (found) => found.length === spans,
      `${spans} spans in Jaeger`,
    );
});
afterAll(async () => {
  killAll();
  await stack?.close();
});

describe('the Reports dashboard', () => {
  let answers: readonly Answer[];
  const dashboard = readDashboard('reports');
  const chosen = () => of('waitForStock')[0] as Printed;
  beforeAll(async () => {
    answers = await askDashboard(stack, dashboard, { report: chosen().id, trace: TRACE });
  });

  it('has a row a report, with its service, state and innermost frame', () => {
    const rows = records(answers, 'Reports');
    expect(rows.map(({ labels }) => labels.gmr_report_id).sort()).toEqual(allIds());
    const row = rows.find(({ labels }) => labels.gmr_report_id === chosen().id);
    expect(row?.labels).toMatchObject({
      service_name: 'shop',
      gmr_report_trigger: 'signal',
      gmr_main_state: 'waiting in Atomics.wait',
    });
    expect(row?.line).toMatch(/^waitForStock {2}\/.*\.mjs:\d+$/);
    expect(row?.labels.gmr_verdict).toContain('waitForStock');
    expect(rows.some(({ labels }) => Number(labels.gmr_main_for_ms) > 0)).toBe(true);
    for (const { labels, line } of rows) if (labels.gmr_main_state === 'idle') expect(line).toBe('');
  });

  it('counts the crashes of a service by type and message', () => {
    expect(groups(answers, 'Crashes')).toEqual([
      {
        value: 1,
        labels: expect.objectContaining({
          service_name: 'crashed',
          exception_type: 'TypeError',
          exception_message: 'no such template',
        }),
      },
    ]);
  });

  it('marks stalls and crashes, with the verdict, on any dashboard', async () => {
    const marks = dashboard.annotations.list.flatMap(({ expr }) => (expr ? [expr] : []));
    expect(marks).toHaveLength(1);
    const rows = await findEntries(stack.lokiUrl, marks[0] ?? '');
    expect(rows.map(({ line }) => line.split(': ').slice(0, 2)).sort()).toEqual([
      ['crashed', 'crash'],
      ['stalled', 'stall'],
    ]);
  });

  it('shows the chosen report’s sections in order, as they were printed, and its trace', () => {
    expect(
      records(answers, 'Its sections, in order')
        .map(({ line }) => line)
        .join(''),
    ).toBe(chosen().text);
    const { spans } = one(answers, 'Its trace') as Found & { kind: 'trace' };
    expect(spans).toHaveLength(chosen().spans);
    expect(spans.map(({ operationName }) => operationName)).toEqual(
      expect.arrayContaining(['guru meditation report', 'Threads', 'thread main', 'Runtime']),
    );
  });

  it('tells the reports that were made while a trace was in flight', () => {
    const rows = records(answers, 'Reports made while it was in flight');
    expect(
      rows.map(({ labels }) => [labels.gmr_report_id, labels.gmr_in_flight_name, labels.gmr_in_flight_age_ms]),
    ).toEqual([
      [chosen().id, 'POST /checkout', '4000'],
      [chosen().id, 'GET /stock', '70'],
    ]);
  });

  it('filters by service, trigger and state', async () => {
    const filtered = async (values: Values) =>
      records(await askDashboard(stack, dashboard, { report: '-', trace: '-', ...values }), 'Reports').length;
    expect(await filtered({ service: 'search' })).toBe(2);
    expect(await filtered({ service: 'search|crashed' })).toBe(3);
    expect(await filtered({ trigger: 'stall|crash' })).toBe(2);
    expect(await filtered({ state: 'in native code' })).toBe(1);
    expect(await filtered({ host: 'another' })).toBe(0);
  });

  it('finds nothing below while nothing is chosen', async () => {
    const none = await askDashboard(stack, dashboard, {});
    expect(records(none, 'Its sections, in order')).toEqual([]);
    expect(records(none, 'Reports made while it was in flight')).toEqual([]);
  });

  it('has no table whose columns nothing fills, and no query that is not asked here', () => {
    expect(emptyColumns(answers)).toEqual([]);
    expect(answers.map(({ panel }) => panel.title)).toEqual([
      'Reports',
      'Crashes',
      'Answers that came late',
      'Its sections, in order',
      'Its trace',
      'Reports made while it was in flight',
    ]);
  });

  it('offers the services and hosts that there are', async () => {
    const [service, host] = dashboard.templating.list;
    if (!service || !host) throw new Error('no variables');
    expect(await askVariable(stack, service, {})).toEqual(['crashed', 'search', 'shop', 'stalled']);
    expect(await askVariable(stack, host, { service: 'shop' })).toHaveLength(1);
  });
});

describe('the Fleet dashboard', () => {
  let answers: readonly Answer[];
  let hash: string;
  beforeAll(async () => {
    const [entry] = await findEntries(
      stack.lokiUrl,
      `{service_name="shop"} | gmr_report_id="${of('waitForStock')[0]?.id}" | gmr_section_name="threads"`,
    );
    hash = entry?.labels.gmr_main_stack_hash ?? '';
    answers = await askDashboard(stack, readDashboard('fleet'), { stack: hash });
  });

  it('counts reports, processes and states', () => {
    expect(groups(answers, 'Reports').map(({ value }) => value)).toEqual([8]);
    expect(groups(answers, 'Processes that answered').map(({ value }) => value)).toEqual([8]);
    const states: { [state: string]: number } = {};
    for (const { text } of [...made, stalled, crashed]) {
      const state = mainOf(text);
      states[state] = (states[state] ?? 0) + 1;
    }
    expect(countBy(groups(answers, 'By state of main'), 'gmr_main_state')).toEqual(states);
    expect(states).toMatchObject({ 'waiting in Atomics.wait': expect.any(Number), 'in native code': 1 });
  });

  it('puts the same stack of several processes together, with its count, frame and processes', () => {
    const frames = groups(answers, 'The same stack', 'C');
    const counts = countBy(groups(answers, 'The same stack'), 'gmr_main_stack_hash');
    const countOf = (name: string) =>
      frames
        .filter(({ labels }) => labels.code_function_name === name)
        .map(({ labels }) => counts[labels.gmr_main_stack_hash ?? '']);
    expect(countOf('waitForStock')).toEqual([3]);
    expect(countOf('waitForLock')).toEqual([2]);
    expect(countBy(groups(answers, 'The same stack', 'B'), 'gmr_main_stack_hash')).toEqual(counts);
    expect(records(answers, 'Processes at stack $stack').map(({ labels }) => labels.gmr_report_id)).toEqual([
      ...of('waitForStock').map(({ id }) => id),
      stalled.id,
    ]);
    expect(records(answers, 'Frames of stack $stack')[0]?.line).toContain(' in waitForStock\n');
  });

  it('names main threads that did not answer, and processes that are silent now', async () => {
    expect(records(answers, 'Main threads that did not answer').map(({ labels }) => labels.gmr_report_id)).toEqual([
      of('readPipe')[0]?.id,
    ]);
    expect(groups(answers, 'Reported in the last day, not in the chosen time')).toEqual([]);
    // The same question with a time in which nobody was asked.
    const { panel } = answers.find(({ panel }) => panel.title.startsWith('Reported in the last day')) as Answer;
    const expr = fill(panel.targets?.[0]?.expr ?? '', { service: '.+', host: '.+' }).replaceAll('[3600s]', '[1ms]');
    expect(await countGroups(stack.lokiUrl, expr, { fromMs: 0, toMs: Date.now() })).toHaveLength(8);
  });

  it('shows how the processes do, from the Runtime records', () => {
    const rows = records(answers, 'Runtime');
    expect(rows.map(({ labels }) => labels.gmr_report_id).sort()).toEqual(allIds());
    for (const { labels } of rows) expect(Number(labels.rss_bytes)).toBeGreaterThan(1e7);
    for (const title of [
      'Heap used of its limit, worst',
      'CPU since start, worst',
      'Descriptors open of the limit, worst',
    ])
      expect(one(answers, title)).toMatchObject({
        rows: expect.arrayContaining([{ labels: { service_name: 'shop' }, value: expect.any(Number) }]),
      });
  });

  it('shows what was in flight, by route and by process', () => {
    expect(countBy(groups(answers, 'By route'), 'gmr_in_flight_name')).toEqual({
      'POST /checkout': 2,
      'GET /stock': 1,
    });
    expect(countBy(groups(answers, 'By route', 'B'), 'gmr_in_flight_name')).toEqual({
      'POST /checkout': 9000,
      'GET /stock': 70,
    });
    expect(records(answers, 'By process').filter(({ labels }) => labels.gmr_in_flight_requests === '3')).toHaveLength(
      1,
    );
  });

  it('has no table whose columns nothing fills', () => {
    expect(emptyColumns(answers)).toEqual([]);
  });
});

describe('Grafana’s alerts and links', () => {
  it('an alert fires for a stall and for a crash, and names the report', async () => {
    type Rules = { groups: { rules: { uid: string; data: { model: { expr: string } }[] }[] }[] };
    const rules = readProvisioning<Rules>('alerting/rules.yaml').groups.flatMap((group) => group.rules);
    const fired = await Promise.all(
      rules.map(async ({ uid, data }) => [
        uid,
        await countGroups(stack.lokiUrl, (data[0]?.model.expr ?? '').replace('[5m]', '[1h]')),
      ]),
    );
    expect(fired).toEqual([
      [
        'gmr-stall',
        [
          {
            value: 1,
            labels: expect.objectContaining({
              service_name: 'stalled',
              gmr_report_id: stalled.id,
              gmr_verdict: expect.stringContaining('waitForStock'),
              code_function_name: 'waitForStock',
            }),
          },
        ],
      ],
      [
        'gmr-crash',
        [
          {
            value: 1,
            labels: expect.objectContaining({
              service_name: 'crashed',
              gmr_report_id: crashed.id,
              exception_type: 'TypeError',
              exception_message: 'no such template',
            }),
          },
        ],
      ],
    ]);
  });

  it('a trace leads to its logs: a report’s to its sections, an application’s to the marks', async () => {
    type Sources = { datasources: { uid: string; jsonData: { tracesToLogsV2?: { query: string } } }[] };
    const { datasources } = readProvisioning<Sources>('datasources/datasources.yaml');
    const query = datasources.find(({ uid }) => uid === 'jaeger')?.jsonData.tracesToLogsV2?.query ?? '';
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own.
    const ask = (id: string) => findEntries(stack.lokiUrl, query.replace('${__trace.traceId}', id));
    expect(await ask(crashed.id)).toHaveLength(crashed.records);
    expect((await ask(TRACE)).map(({ labels }) => labels.gmr_section_name)).toEqual(['report.mark', 'report.mark']);
  });
});

function of(hold: Hold) {
  return made.filter((one) => one.hold === hold);
}

function allIds(): string[] {
  return [...made, stalled, crashed].map(({ id }) => id).sort();
}

function one(answers: readonly Answer[], title: string, refId = 'A'): Found {
  const found = answers.find(({ panel }) => panel.title === title)?.found[refId];
  if (!found) throw new Error(`no query ${refId} of a panel ${title}`);
  return found;
}

function records(answers: readonly Answer[], title: string) {
  const found = one(answers, title);
  if (found.kind !== 'records') throw new Error(`${title} finds ${found.kind}`);
  return found.rows;
}

function groups(answers: readonly Answer[], title: string, refId = 'A'): readonly Sample[] {
  const found = one(answers, title, refId);
  if (found.kind !== 'groups') throw new Error(`${title} finds ${found.kind}`);
  return found.rows;
}

function countBy(rows: readonly Sample[], label: string): { [value: string]: number } {
  return Object.fromEntries(rows.map(({ labels, value }) => [labels[label], value]));
}

/** Columns that no row has: a name that is written another way on the wire. Late answers and silence are not made here. */
function emptyColumns(answers: readonly Answer[]): string[] {
  return answers.flatMap(({ panel, found }) => {
    const rows = Object.values(found).flatMap((one): { labels: { [name: string]: string } }[] =>
      one.kind === 'trace' ? [] : [...one.rows],
    );
    if (rows.length === 0) return [];
    return columnsOf(panel)
      .filter((field) => !/^(Time|Line|Value #\w)$/.test(field) && !rows.some(({ labels }) => labels[field]))
      .map((field) => `${panel.title}: ${field}`);
  });
}
