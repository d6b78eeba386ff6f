import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, INDEX, idsIn, killAll, type Program, readWholeLines, startNode, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'spooled-'));
const DEAD = 'http://127.0.0.1:9';
/** Both signals, as an operator has them who sets nothing but the endpoint. */
const BOTH = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp' };
/** Of a report of an idle process. */
const [RECORDS, SPANS] = [8, 9];
let runs = 0;

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function makePlace(): { spool: string; store: string } {
  runs += 1;
  const place = join(root, String(runs));
  mkdirSync(place);
  return { spool: join(place, 'spool'), store: join(place, 'store') };
}

function startShop(spool: string, endpoint: string, env: Record<string, string> = {}): Program {
  return startText(
    `import { setupAutorun } from ${JSON.stringify(INDEX)};
     setInterval(() => {}, 1000); await setupAutorun().ready; console.log('up');`,
    {
      env: {
        ...BOTH,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_SERVICE_NAME: 'shop',
        GMR_SPOOL_DIR: spool,
        ...env,
      },
    },
  );
}

async function startCollector(store: string): Promise<{ url: string; collector: Program }> {
  const collector = startNode([CLI, 'collect', '--port', '0', '--dir', store]);
  const said = await collector.untilStdout(/listening on \S+,/);
  return { collector, url: /listening on (\S+),/.exec(said)?.[1] ?? '' };
}

async function gmr(args: readonly string[], env: Record<string, string> = {}) {
  const command = startNode([CLI, ...args], { env: { ...BOTH, ...env } });
  return { ...(await command.ended), stdout: command.stdout(), stderr: command.stderr() };
}

const waiting = (spool: string) => readdirSync(spool).filter((name) => name.endsWith('.jsonl'));

/** Log record uids in a collector's store, by report. */
function uidsOf(store: string): Map<string, string[]> {
  const uids = new Map<string, string[]>();
  for (const line of readWholeLines(join(store, 'logs.jsonl'))) {
    for (const record of JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords) {
      const read = (name: string): string =>
        record.attributes.find(({ key }: { key: string }) => key === name)?.value.stringValue;
      uids.set(read('gmr.report.id'), [...(uids.get(read('gmr.report.id')) ?? []), read('log.record.uid')]);
    }
  }
  return uids;
}

/** Ids of spans in a collector's store, by report. */
function spansOf(store: string): Map<string, Set<string>> {
  const ids = new Map<string, Set<string>>();
  for (const line of readWholeLines(join(store, 'traces.jsonl'))) {
    for (const { traceId, spanId } of JSON.parse(line).resourceSpans[0].scopeSpans[0].spans)
      ids.set(traceId, (ids.get(traceId) ?? new Set()).add(spanId));
  }
  return ids;
}

describe('a report that no collector has taken', () => {
  it('survives its process, and is sent by the next one of the same service', async () => {
    const { spool, store } = makePlace();
    const first = startShop(spool, DEAD);
    await first.untilStdout(/up/);
    first.kill();
    const said = await first.untilStderr(/ did not take .*: kept in \S+spool, tried again/);
    first.kill('SIGKILL');
    await first.ended;
    expect(waiting(spool)).toHaveLength(2);
    const [id = ''] = idsIn(said);
    expect((await gmr(['show', '--dir', spool])).stdout).toContain(`report = ${id}`);
    const { url } = await startCollector(store);
    const other = startShop(spool, url, { OTEL_SERVICE_NAME: 'billing' });
    await other.untilStdout(/up/);
    const next = startShop(spool, url);
    await next.untilStderr(new RegExp(`^gmr ${id}: \\S+ took ${RECORDS} log records; \\S+ took ${SPANS} spans$`, 'm'));
    expect(waiting(spool)).toEqual([]);
    expect(other.stderr()).toBe('');
    expect(new Set(uidsOf(store).get(id)).size).toBe(RECORDS);
    expect(spansOf(store).get(id)?.size).toBe(SPANS);
  });

  it('is sent by gmr replay, which leaves the reports that a live process still sends', async () => {
    const { spool, store } = makePlace();
    const dead = startShop(spool, DEAD);
    // Of another service: one of the same would take the files over as well.
    const alive = startShop(spool, DEAD, { OTEL_SERVICE_NAME: 'billing' });
    for (const app of [dead, alive]) {
      await app.untilStdout(/up/);
      app.kill();
      await app.untilStderr(/kept in/);
    }
    dead.kill('SIGKILL');
    await dead.ended;
    const down = await gmr(['replay', spool], { OTEL_EXPORTER_OTLP_ENDPOINT: DEAD, OTEL_EXPORTER_OTLP_TIMEOUT: '500' });
    expect(down).toMatchObject({ code: 1, stdout: expect.stringContaining('1 found in') });
    const { url } = await startCollector(store);
    const up = await gmr(['replay', spool], { OTEL_EXPORTER_OTLP_ENDPOINT: url });
    expect(up).toMatchObject({ code: 0, stdout: expect.stringMatching(/^gmr replay: 1 found in .*, 1 taken by /m) });
    expect(waiting(spool)).toHaveLength(2);
    expect(alive.child.exitCode).toBeNull();
  });
});

describe('a spool that is not wanted', () => {
  it('none: nothing is written', async () => {
    const { spool } = makePlace();
    const app = startShop('none', DEAD);
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/kept in memory, tried again/);
    expect(() => readdirSync(spool)).toThrow(/ENOENT/);
  });
});

describe('reports a minute', () => {
  it('are bounded; further triggers are counted, and told in the next report', async () => {
    const app = startText(
      `import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
       setInterval(() => {}, 1000); await setupAutorun().ready; console.log('up'); process.stdin.on('data', () => generateReport());`,
      { env: { GMR_MAX_REPORTS_PER_MINUTE: '1' } },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/^resource usage/m);
    for (let n = 1; n <= 3; n += 1) app.kill();
    await app.untilStderr(/^gmr: SIGUSR1 makes no report: 1 were made within a minute \(GMR_MAX_REPORTS_PER_MINUTE\)/m);
    app.child.stdin?.write('x');
    const all = await app.untilStderr(/^resource usage/m, 2);
    expect(all).toMatch(/[123] triggers? before this one made no report: there had been 1 in a minute/);
  });
});
