import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readText } from '../../src/procfs/read.js';
import { findFreePort } from '../ports.js';
import { eventually } from '../procfs/helpers.js';
import { CLI, INDEX, killAll, type Program, readWholeLines, startApp, startNode, startText, WHOLE } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'collected-'));
/** Both signals, as an operator has them who sets nothing but the endpoint. */
const BOTH = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp' };
let runs = 0;

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function startCollector(): Promise<{ collector: Program; url: string; dir: string }> {
  runs += 1;
  const dir = join(directory, String(runs));
  const collector = startNode([CLI, 'collect', '--port', String(await findFreePort()), '--dir', dir]);
  const said = await collector.untilStdout(/listening on \S+, storing/);
  return { collector, url: /listening on (\S+),/.exec(said)?.[1] ?? '', dir };
}

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

function readSpans(dir: string): Span[] {
  return readWholeLines(join(dir, 'traces.jsonl')).flatMap(
    (line) => JSON.parse(line).resourceSpans[0].scopeSpans[0].spans as Span[],
  );
}

async function runCommand(args: readonly string[]): Promise<string> {
  const command = startNode([CLI, ...args]);
  expect((await command.ended).code).toBe(0);
  return command.stdout();
}

describe('a report on its way to the embedded collector', () => {
  it('arrives whole out of a blocked process, is listed, and is shown as it was printed', async () => {
    const { collector, url, dir } = await startCollector();
    const app = startApp('states', {
      args: ['loop'],
      env: { ...BOTH, OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: 'checkout' },
    });
    await app.untilStdout(/up/);
    app.kill();
    const said = await app.untilStderr(/^gmr [0-9a-f]{32}: \S+ took 8 log records; \S+ took 9 spans$/m);
    const id = /^gmr ([0-9a-f]{32}):/m.exec(said)?.[1] ?? '';
    const line = await collector.untilStdout(new RegExp(`report ${id}`));
    expect(line).toMatch(/checkout@\S+ {2}pid \d+ {2}signal SIGUSR1 {2}(running JavaScript|idle)\b.* {2}8 records/);
    expect(await runCommand(['ls', '--dir', dir])).toMatch(new RegExp(`^${id.slice(0, 8)} .* checkout `, 'm'));
    const shown = await runCommand(['show', id.slice(0, 8), '--dir', dir]);
    expect(shown).toBe(said.slice(0, said.indexOf(`gmr ${id}: `)));
    const spans = readSpans(dir);
    expect(spans.map(({ name }) => name)).toEqual([
      'guru meditation report',
      'Package',
      'Threads',
      'thread main',
      'Green Threads',
      'In Flight',
      'Processes',
      'Configuration',
      'Runtime',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([id]));
    const [root, , threads, main] = spans;
    expect(spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId)).toHaveLength(7);
    expect(main?.parentSpanId).toBe(threads?.spanId);
    expect(Number(threads?.endTimeUnixNano)).toBeGreaterThanOrEqual(Number(threads?.startTimeUnixNano));
  });

  it('carries one id, one trace, ordered times and distinct uids, in OTLP JSON', async () => {
    const { url, dir, collector } = await startCollector();
    const app = startApp('idle', { env: { ...BOTH, OTEL_EXPORTER_OTLP_ENDPOINT: url } });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took \d+ log records/);
    await collector.untilStdout(/report [0-9a-f]{32}/);
    const [{ resourceLogs }] = readWholeLines(join(dir, 'logs.jsonl')).map((line) => JSON.parse(line));
    const records = resourceLogs[0].scopeLogs[0].logRecords as {
      timeUnixNano: string;
      traceId: string;
      eventName: string;
      attributes: { key: string; value: { stringValue?: string } }[];
    }[];
    const attribute = (name: string) =>
      records.map(({ attributes }) => attributes.find(({ key }) => key === name)?.value.stringValue);
    expect(records.map((record) => record.eventName)).toEqual([
      'gmr.report',
      'gmr.package',
      'gmr.threads',
      'gmr.green_threads',
      'gmr.in_flight',
      'gmr.processes',
      'gmr.configuration',
      'gmr.runtime',
    ]);
    expect(new Set(records.map((record) => record.traceId))).toEqual(new Set(attribute('gmr.report.id')));
    expect(new Set(attribute('log.record.uid')).size).toBe(8);
    const times = records.map((record) => BigInt(record.timeUnixNano));
    expect([...times].sort((a, b) => (a < b ? -1 : 1))).toEqual(times);
    expect(resourceLogs[0].scopeLogs[0].scope.name).toBe('guru-meditation');
  });

  it('holds no secret of the environment, wherever it appears', async () => {
    const { url, dir, collector } = await startCollector();
    const secret = 'correct-horse-battery-9';
    const app = startApp('idle', {
      args: [`--note=${secret}`],
      env: {
        ...BOTH,
        OTEL_EXPORTER_OTLP_ENDPOINT: url.replace('://', `://user:${secret}@`),
        DB_PASSWORD: secret,
        OTEL_RESOURCE_ATTRIBUTES: `deployment.token=${secret}`,
      },
    });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took \d+ spans/);
    await collector.untilStdout(/report [0-9a-f]{32}/);
    expect(app.stderr()).toMatch(/DB_PASSWORD = \*\*\*/);
    expect(app.stderr()).not.toContain(secret);
    for (const signal of ['logs', 'traces'])
      expect(readFileSync(join(dir, `${signal}.jsonl`), 'utf8')).not.toContain(secret);
  });

  it('is kept while no collector is there, and taken when one has come', async () => {
    const { collector, url, dir } = await startCollector();
    collector.kill('SIGTERM');
    expect((await collector.ended).code).toBe(0);
    const app = startApp('idle', { env: { ...BOTH, OTEL_EXPORTER_OTLP_ENDPOINT: url } });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(
      /^gmr [0-9a-f]{32}: \S+ did not take 8 log records; \S+ did not take 9 spans \(connection refused/m,
    );
    const again = startNode([CLI, 'collect', '--port', new URL(url).port, '--dir', dir]);
    await again.untilStdout(/listening/);
    await app.untilStderr(/^gmr [0-9a-f]{32}: \S+ took 8 log records at the/m);
    await app.untilStderr(/^gmr [0-9a-f]{32}: \S+ took 9 spans at the/m);
    await again.untilStdout(/report [0-9a-f]{32}/);
  });
});

describe('a report that is held back before it is sent', () => {
  const HELD = { OTEL_LOGS_EXPORTER: 'otlp', GMR_DELIVERY_JITTER_MS: '600000' };

  it('is printed and on disk at once; close sends it', async () => {
    const { url, dir } = await startCollector();
    const spool = join(directory, `${runs}-spool`);
    const app = startText(
      `import { setupAutorun } from ${JSON.stringify(INDEX)};
       const keep = setInterval(() => {}, 1000); const autorun = setupAutorun(); await autorun.ready; console.log('up');
       process.stdin.once('data', async () => { await autorun.close(); clearInterval(keep); process.stdin.pause(); });`,
      { armed: false, env: { ...HELD, OTEL_EXPORTER_OTLP_ENDPOINT: url, GMR_SPOOL_DIR: spool } },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(WHOLE);
    expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).not.toEqual([]);
    expect(app.stderr()).not.toMatch(/ took /);
    app.child.stdin?.write('x');
    await app.untilStderr(/^gmr [0-9a-f]{32}: \S+ took \d+ log records/m);
    expect((await app.ended).code).toBe(0);
    expect(await runCommand(['ls', '--dir', dir])).toMatch(/^[0-9a-f]{8} /m);
    expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
  });

  it('waits on disk when its process ends meanwhile, and says so', async () => {
    const { url, dir } = await startCollector();
    const spool = join(directory, `${runs}-spool`);
    const env = { ...HELD, OTEL_EXPORTER_OTLP_ENDPOINT: url, GMR_SPOOL_DIR: spool };
    const app = startText(
      "setInterval(() => {}, 1000); console.log('up'); process.on('SIGHUP', () => process.exit())",
      {
        env,
      },
    );
    await app.untilStdout(/up/);
    await eventually(() => /gmr:a00/.test(readThreadNames(app.pid)));
    app.kill();
    await app.untilStderr(WHOLE);
    app.kill('SIGHUP');
    await app.untilStderr(/the process ended before 1 of its reports had been taken by a collector; on disk/);
    const { code } = await startNode([CLI, 'replay', spool], { env }).ended;
    expect(code).toBe(0);
    expect(await runCommand(['ls', '--dir', dir])).toMatch(/^[0-9a-f]{8} /m);
  });

  it('has a delivery that can be awaited: generateReport().delivery', async () => {
    const { url } = await startCollector();
    const app = startText(
      `import { generateReport } from ${JSON.stringify(INDEX)};
       const report = await generateReport({ print: false }); console.log(JSON.stringify(await report.delivery));`,
      { armed: false, env: { ...HELD, OTEL_EXPORTER_OTLP_ENDPOINT: url, GMR_DELIVERY_JITTER_MS: '500' } },
    );
    expect((await app.ended).code).toBe(0);
    const sentence = expect.stringMatching(/^\S+ took \d+ log records$/);
    expect(JSON.parse(app.stdout())).toEqual({ taken: true, logs: true, sentence });
  });

  it('is neither sent nor kept if the call says so; its log records are those that a collector would get', async () => {
    const { url, dir } = await startCollector();
    const spool = join(directory, `spool-${runs}`);
    const app = startText(
      `import { LoggerProvider } from ${JSON.stringify(import.meta.resolve('@opentelemetry/sdk-logs'))};
       import { generateReport } from ${JSON.stringify(INDEX)};
       const report = await generateReport({ print: false, deliver: false });
       const read = [];
       const onEmit = ({ eventName, severityText, spanContext, attributes }) =>
         read.push({ eventName, severityText, traceId: spanContext?.traceId, id: attributes['gmr.report.id'] });
       const logger = new LoggerProvider({ processors: [{ onEmit, forceFlush() {}, shutdown() {} }] }).getLogger('shop');
       for (const record of report.logRecords) logger.emit(record);
       console.log(JSON.stringify({ id: report.id, read, delivery: await report.delivery }));`,
      { armed: false, env: { ...BOTH, OTEL_EXPORTER_OTLP_ENDPOINT: url, GMR_SPOOL_DIR: spool } },
    );
    expect((await app.ended).code).toBe(0);
    const { id, read, delivery } = JSON.parse(app.stdout());
    expect(delivery).toEqual({ taken: false, sentence: 'not sent: it was asked for with deliver: false' });
    expect(read.length).toBeGreaterThanOrEqual(8);
    expect(read[0]).toEqual({ eventName: 'gmr.report', severityText: 'INFO', traceId: id, id });
    expect(read.map(({ eventName }: { eventName: string }) => eventName)).toContain('gmr.threads');
    expect(existsSync(spool)).toBe(false);
    expect(readWholeLines(join(dir, 'logs.jsonl'))).toEqual([]);
    expect(app.stderr()).toBe('');
  });
});

function readThreadNames(pid: number): string {
  const names = readdirSync(`/proc/${pid}/task`).map((tid) => readText(`/proc/${pid}/task/${tid}/comm`) ?? '');
  return names.join('');
}
