import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lateAnswers } from '../../deploy/grafana/dashboards/logql.js';
import { CLI, killAll, makeStateDirectory, startNode } from '../process/start.js';
import { type Hold, mainOf, report, startService, untilTaken } from './apps.js';
import { askRange, findEntries, lastHour, until, waitForReport } from './backends.js';
import { fill } from './grafana.js';
import { type Stack, startStack } from './stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(killAll);
afterAll(() => stack?.close());

const LARGE = `
  const line = (n) => \`line \${n} \${'x'.repeat(80)} "quoted" \\u001b[31m ünïcödé\\n\`;
  const lines = (bytes) => Array.from({ length: Math.ceil(bytes / 110) }, (_, n) => line(n)).join('');`;

describe('a report of a real process, by way of a real collector', () => {
  it.each<[Hold, RegExp]>([
    // It says that it is up a moment before its event loop turns.
    ['idle', /^(idle|running JavaScript)$/],
    ['waitForStock', /^waiting in Atomics.wait$/],
    ['readPipe', /^in native code$/],
  ])('of one in %s is in Loki whole, in order, and read again by gmr show', async (hold, main) => {
    const { id, text, records } = await report(startService(stack, 'shop', hold));
    const entries = await waitForReport(stack.lokiUrl, id, records);
    expect(entries).toHaveLength(records);
    expect(entries.map(({ labels }) => Number(labels.gmr_section_index))).toEqual([...entries.keys()]);
    expect(entries[0]?.labels).toMatchObject({
      service_name: 'shop',
      gmr_section_name: 'report',
      gmr_main_state: mainOf(text),
      trace_id: id,
    });
    expect(mainOf(text)).toMatch(main);
    expect(textOf(entries)).toBe(text);
    expect(await showFromLoki(id)).toBe(text);
  });

  it('is a trace in Jaeger under its own id: a root, a span a section, a span a thread with its stack', async () => {
    const { id, spans } = await report(startService(stack, 'traced-shop', 'waitForStock'));
    const found = await until(
      () => askTrace(id),
      (all) => all.length >= spans,
      `trace ${id}`,
    );
    expect(found).toHaveLength(spans);
    const root = found.find(({ name }) => name === 'guru meditation report');
    const names = found.filter(({ parentSpanId }) => parentSpanId === root?.spanId).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Package', 'Threads', 'Processes', 'Configuration', 'Runtime']));
    const thread = found
      .find(({ name }) => name === 'thread main')
      ?.attributes?.find(({ key }) => key === 'code.stacktrace');
    expect(thread?.value.stringValue).toContain('waitForStock');
  });

  it('is found by the trace of a request that it was made during', async () => {
    const trace = 'ab12'.repeat(8);
    const app = startService(stack, 'asked-shop', 'idle', {
      before: `
        const { createServer } = await import('node:http');
        const server = createServer(function answerOrder() {
          writeSync(1, 'asked\\n');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000);
        });
        await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
        writeSync(1, 'port ' + server.address().port + '\\n');`,
    });
    await app.untilStdout(/up/);
    const port = /port (\d+)/.exec(app.stdout())?.[1];
    const headers = { traceparent: `00-${trace}-00000000000000a1-01` };
    const request = fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST', headers }).catch(() => {});
    await app.untilStdout(/asked/);
    app.kill();
    const { id } = await untilTaken(app);
    const query = `{service_name=~".+"} | gmr_section_name="report.mark" | trace_id="${trace}"`;
    const [mark] = await until(
      () => findEntries(stack.lokiUrl, query),
      (entries) => entries.length > 0,
      'the mark',
    );
    expect(mark?.labels).toMatchObject({
      gmr_report_id: id,
      gmr_in_flight_kind: 'request',
      gmr_in_flight_name: 'POST /orders',
    });
    app.kill('SIGKILL');
    await request;
  });

  it('is followed by what main says when its native call has returned', async () => {
    const state = makeStateDirectory();
    const app = startService(stack, 'late-shop', 'readPipe', { env: { XDG_STATE_HOME: state } });
    const { id } = await report(app);
    writeFileSync(join(state, 'pipe'), 'at last');
    const query = fill(lateAnswers, { service: 'late-shop', host: '.+' });
    const [late] = await until(
      () => findEntries(stack.lokiUrl, query),
      (entries) => entries.length > 0,
      'late answer',
    );
    expect(late?.labels).toMatchObject({ service_name: 'late-shop', gmr_report_id: id });
    expect(Number(late?.labels.gmr_section_late_ms)).toBeGreaterThan(0);
    expect(late?.line).toMatch(/^readPipe {2}/);
  });

  it('is found by what it says: the state, the stack, the function', async () => {
    const { id } = await report(startService(stack, 'stuck-shop', 'waitForLock'));
    const found = await until(
      () =>
        findEntries(
          stack.lokiUrl,
          '{service_name="stuck-shop"} | code_function_name="waitForLock" | gmr_main_state="waiting in Atomics.wait"',
        ),
      (entries) => entries.length > 0,
      'the stack',
    );
    expect(found.map(({ labels }) => [labels.gmr_report_id, labels.gmr_section_name])).toEqual([
      [id, 'report'],
      [id, 'threads'],
    ]);
    expect(found[0]?.labels.code_file_path).toMatch(/\.mjs$/);
  });

  it.each([
    ['a section of 200 KB', 1, `registerSection('Large', () => lines(200_000));`],
    ['a section of 3 MB, in parts', 1, `registerSection('Large', () => lines(3_000_000));`],
    ['1,000 sections', 1000, "for (let n = 0; n < 1000; n += 1) registerSection('Number ' + n, () => ({ n }));"],
  ])('with %s is in Loki whole, in order, and read again', async (_, sections, code) => {
    const app = startService(stack, 'large', 'idle', { before: `${LARGE}\n${code}` });
    const { id, text, records } = await report(app);
    const entries = await waitForReport(stack.lokiUrl, id, records);
    expect(entries).toHaveLength(records);
    const places = entries.map(({ labels }) => [
      Number(labels.gmr_section_index),
      Number(labels.gmr_section_part ?? 1),
    ]);
    expect(places).toEqual([...places].sort(([a = 0, m = 0], [b = 0, n = 0]) => a - b || m - n));
    expect(new Set(places.map(([index]) => index)).size).toBe(Number(entries[0]?.labels.gmr_section_count));
    expect(Number(entries[0]?.labels.gmr_section_count)).toBeGreaterThan(sections);
    expect(textOf(entries) === text).toBe(true);
    expect((await showFromLoki(id)) === text).toBe(true);
  });

  it('larger than the collector takes is refused where its sender hears of it', async () => {
    const log = { timeUnixNano: `${Date.now()}000000`, body: { stringValue: 'x'.repeat(7 * 2 ** 20) } };
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] });
    const answer = await fetch(`${stack.otlpUrl}/v1/logs`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(400);
  });

  it('has no label that grows with the number of reports', async () => {
    const labels = (await (await fetch(`${stack.lokiUrl}/loki/api/v1/labels`)).json()) as { data: string[] };
    expect(labels.data.sort()).toEqual(['host_name', 'service_instance_id', 'service_name']);
  });
});

interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** OTLP's own shape, as Jaeger's newer interface answers. */
async function askTrace(id: string): Promise<readonly Span[]> {
  const answer = await fetch(`${stack.jaegerUrl}/api/v3/traces/${id}`);
  if (!answer.ok) return [];
  const { result } = (await answer.json()) as { result: { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] } };
  return result.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function textOf(entries: readonly { readonly line: string }[]): string {
  return entries.map(({ line }) => (JSON.parse(line) as { text: string }).text).join('');
}

/** Loki's own answer, on the standard input of gmr show. */
async function showFromLoki(id: string): Promise<string> {
  const answer = await askRange(stack.lokiUrl, `{service_name=~".+"} | gmr_report_id="${id}"`, lastHour());
  const command = startNode([CLI, 'show', id, '--from', '-']);
  command.child.stdin?.end(answer);
  const { code } = await command.ended;
  expect({ code, stderr: command.stderr() }).toEqual({ code: 0, stderr: '' });
  return command.stdout();
}
