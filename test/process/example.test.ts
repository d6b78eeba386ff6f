import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { CLI, killAll, type Program, REGISTER, readWholeLines, startNode } from './start.js';

const example = fileURLToPath(new URL('../../examples/traces/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'traces-'));
afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Attribute {
  key: string;
  value: { stringValue?: string; arrayValue?: { values: { stringValue?: string }[] } };
}
interface Item {
  readonly resource: { [name: string]: unknown };
  readonly attributes: { [name: string]: unknown };
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

const toMap = (attributes: readonly Attribute[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));

/** All spans, or log records, that the collector has stored. */
function readItems(signal: 'traces' | 'logs'): Item[] {
  const [top, scope, items] =
    signal === 'traces'
      ? (['resourceSpans', 'scopeSpans', 'spans'] as const)
      : (['resourceLogs', 'scopeLogs', 'logRecords'] as const);
  const lines = readWholeLines(join(directory, `${signal}.jsonl`));
  type Group = { resource: { attributes: Attribute[] } } & { [name: string]: { [name: string]: Item[] }[] };
  return lines
    .flatMap((line) => (JSON.parse(line) as { [name: string]: Group[] })[top] ?? [])
    .flatMap((group) =>
      (group[scope] ?? []).flatMap((scoped) =>
        (scoped[items] ?? []).map((item) => ({
          ...item,
          resource: toMap(group.resource.attributes),
          attributes: toMap(item.attributes as unknown as Attribute[]),
        })),
      ),
    );
}

function start(program: string, env: Record<string, string>, ...args: string[]): Program {
  const imports = program === 'client.mjs' ? [] : ['--import', REGISTER];
  // The gateway has them the other way round.
  const telemetry = ['--import', './telemetry.mjs'];
  const flags = program === 'gateway.mjs' ? [...telemetry, ...imports] : [...imports, ...telemetry];
  return startNode([...flags, program, ...args], {
    cwd: example,
    env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp', ...env },
  });
}

const portOf = async (program: Program) => /port (\d+)/.exec(await program.untilStdout(/port \d+/))?.[1] ?? '';

test('the example: the stuck request’s trace, the report and its records name each other, under one resource', {
  timeout: 240_000,
}, async () => {
  const collector = startNode([CLI, 'collect', '--port', '0', '--dir', directory]);
  const endpoint = /listening on (\S+),/.exec(await collector.untilStdout(/listening on \S+,/))?.[1] ?? '';
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, GMR_DEADLINE_MS: '10000', PORT: '0', STUCK_MS: '15000' };
  const checkout = start('checkout.mjs', env);
  const gateway = start('gateway.mjs', { ...env, CHECKOUT_URL: `http://127.0.0.1:${await portOf(checkout)}` });
  const client = start('client.mjs', { ...env, GATEWAY_URL: `http://127.0.0.1:${await portOf(gateway)}` }, 'ENDLESS');
  await checkout.untilStdout(/^checkout: stuck$/m);
  checkout.kill();
  gateway.kill();
  const text = await checkout.untilStderr(/^gmr \w{32}: \S+ took \d+ log records/m);
  const waiting = await gateway.untilStderr(/^gmr \w{32}: \S+ took \d+ log records/m);
  const [, traceId = ''] = /trace (\w{32})/.exec(await client.untilStdout(/client: 200/)) ?? [];
  await client.ended;
  for (const service of [checkout, gateway]) service.kill('SIGTERM');
  await Promise.all([checkout.ended, gateway.ended]);

  const reportOf = (report: string) => /^report = (\w{32})$/m.exec(report)?.[1];
  const spans = readItems('traces').filter((span) => span.traceId === traceId);
  const stuck = spans.find(({ name }) => name === 'apply voucher');
  expect(stuck?.attributes['gmr.report.id']).toBe(reportOf(text));
  expect(text).toContain(`\nspan = apply voucher, trace ${traceId} span ${stuck?.spanId}\n`);
  expect(text).toMatch(new RegExp(`^\\* {2}served {2}http {2}POST /checkout .* trace ${traceId} span \\w{16}$`, 'm'));
  expect(waiting).toMatch(new RegExp(`^ {3}made +fetch +POST /checkout .* trace ${traceId} span \\w{16}$`, 'm'));

  // From the client's span to the stuck one each is the child of the one before it, across three processes.
  const chain: string[] = [];
  for (let span = stuck; span; span = spans.find(({ spanId }) => spanId === span?.parentSpanId))
    chain.unshift(`${span.resource['service.name']} ${span.name}`);
  expect(chain.slice(0, 2)).toEqual(['client buy', 'client POST']);
  expect(chain.slice(-1)).toEqual(['checkout apply voucher']);
  expect(chain.join()).toContain('gateway POST');
  expect(spans.filter(({ attributes }) => attributes['gmr.report.id'] === reportOf(waiting))).toHaveLength(2);

  // The report's own trace leads to what was in flight, and what is shown beside that trace leads to the report.
  const root = readItems('traces').find((span) => span.traceId === reportOf(text) && span.parentSpanId === undefined);
  expect(root?.name).toBe('guru meditation report');
  expect(root?.links).toEqual(expect.arrayContaining([expect.objectContaining({ traceId, spanId: stuck?.spanId })]));
  const [mark] = readItems('logs').filter(
    (record) => record.traceId === traceId && record.resource['service.name'] === 'checkout',
  );
  expect(mark?.spanId).toBe(stuck?.spanId);
  expect(mark?.attributes).toMatchObject({
    'gmr.section.name': 'report.mark',
    'gmr.report.id': reportOf(text),
    'gmr.in_flight.name': 'apply voucher',
    'gmr.in_flight.active': true,
  });

  const records = readItems('logs').filter(({ attributes }) => attributes['gmr.report.id'] === reportOf(text));
  const [threads] = records.filter(({ attributes }) => attributes['gmr.section.name'] === 'threads');
  expect(threads?.attributes).toMatchObject({
    'gmr.main.trace_id': traceId,
    'gmr.main.span_id': stuck?.spanId,
    'gmr.main.span_name': 'apply voucher',
  });
  for (const { resource } of records) {
    expect(resource['service.name']).toBe('checkout');
    expect(resource['service.instance.id']).toBe(stuck?.resource['service.instance.id']);
  }
});
