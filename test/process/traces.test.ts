import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  accept,
  cleanUp,
  type Received,
  refuse,
  spansOf,
  startCollector,
  type WireTraceRequest,
} from '../export/helpers.js';
import { INDEX, killAll, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'traced-'));
let runs = 0;

afterEach(async () => {
  killAll();
  await cleanUp();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Answer = ReturnType<typeof refuse>;
const isTraces = ({ request }: Received) => request.url === '/v1/traces';

/** A server that answers log records well, and spans as told; and a program that sends it both. */
async function start(traces: Answer, code = '', env: Record<string, string> = {}) {
  runs += 1;
  const spool = join(root, String(runs));
  const collector = await startCollector((response, received, n) =>
    (isTraces(received) ? traces : accept)(response, received, n),
  );
  const app = startText(
    `import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
     const idle = setInterval(() => {}, 1000); await setupAutorun().ready; console.log('up');
     ${code}`,
    {
      env: {
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        GMR_SPOOL_DIR: spool,
        ...env,
      },
    },
  );
  await app.untilStdout(/up/);
  return { app, collector, spool };
}
const filesIn = (spool: string) => readdirSync(spool).filter((name) => name.endsWith('.jsonl'));

describe('a server that takes no traces', () => {
  it('is told of once, and the reports that follow are of log records only', async () => {
    const { app, collector, spool } = await start(refuse(404));
    app.kill();
    await app.untilStderr(
      /^gmr \w+: \S+ took 8 log records; \S+ takes no spans \(404 Not Found\): none are sent for 60 min$/m,
    );
    app.kill();
    await app.untilStderr(/^gmr \w+: \S+\/v1\/logs took 8 log records$/m);
    expect(collector.requests.filter(isTraces)).toHaveLength(1);
    expect(readdirSync(spool)).toEqual([]);
  });

  it('and one that is for logs alone is sent nothing else', async () => {
    const { app, collector, spool } = await start(refuse(500));
    const only = startText(`setInterval(() => {}, 1000); console.log('up');`, {
      env: {
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_TRACES_EXPORTER: '',
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${collector.url}/own`,
        GMR_SPOOL_DIR: spool,
      },
    });
    await only.untilStdout(/up/);
    only.kill();
    await only.untilStderr(/^gmr \w+: \S+\/own took 8 log records$/m);
    expect(collector.requests.map(({ request }) => request.url)).toEqual(['/own']);
    app.kill('SIGKILL');
  });
});

describe('a server of traces that hangs', () => {
  it('delays neither the outcome of the log records nor the end of the process', async () => {
    const code = "process.stdin.once('data', () => { clearInterval(idle); process.stdin.destroy(); });";
    const { app, spool } = await start(() => {}, code);
    app.kill();
    await app.untilStderr(/^gmr \w+: \S+\/v1\/logs took 8 log records$/m);
    app.child.stdin?.write('end');
    expect(await app.ended).toEqual({ code: 0, signal: null });
    expect(app.stderr()).toMatch(/the process ended before 1 of its reports had been taken by a collector; on disk/);
    expect(filesIn(spool)).toEqual([expect.stringContaining('.traces.')]);
  });

  it('does not change the exit code of a crash, and the unsent spans are on disk', async () => {
    const code = "process.stdin.once('data', () => { throw new TypeError('no order'); });";
    const { app, spool } = await start(() => {}, code, { GMR_CRASH: 'true' });
    app.child.stdin?.write('crash');
    expect(await app.ended).toEqual({ code: 1, signal: null });
    expect(app.stderr()).toMatch(/TypeError: no order/);
    // Where a loaded machine left no time for an answer, the records wait; where it left none for the text, none was seen.
    if (!/^report = /m.test(app.stderr())) return;
    const left = filesIn(spool).map((name) => (name.includes('.traces.') ? 'traces' : 'logs'));
    const isTaken = /^gmr \w+: \S+\/v1\/logs took 9 log records$/m.test(app.stderr());
    expect([left.includes('traces'), left.includes('logs') || isTaken]).toEqual([true, true]);
    expect(app.stderr()).toMatch(/before 1 of its reports had been taken by a collector; on disk/);
  });
});

describe('a report that code asked for', () => {
  it('tells the outcome of both, and its trace has the id that was returned', async () => {
    const { app, collector } = await start(
      accept,
      `const { id, delivery } = await generateReport(); console.log(id, (await delivery).sentence); process.exit(0);`,
    );
    await app.ended;
    const [, id] =
      /^(\w{32}) \S+\/v1\/logs took 8 log records; \S+\/v1\/traces took \d+ spans$/m.exec(app.stdout()) ?? [];
    const spans = collector.spans();
    expect(spans.map(({ traceId }) => traceId)).toEqual(Array(spans.length).fill(id));
    // The root, its sections, its thread, and what awaits the report.
    expect(spans.length).toBeGreaterThan(9);
    expect(spans.map(({ name }) => name).join('\n')).toMatch(/^suspended at \S+ \S+js:\d+$/m);
    expect(app.stderr()).not.toContain('ended before');
  });

  it('goes out in protobuf if that is asked for', async () => {
    const { app, collector } = await start(accept, '', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' });
    app.kill();
    await app.untilStderr(/^gmr \w+: \S+ took 8 log records; \S+ took \d+ spans$/m);
    const types = collector.requests.map(({ request }) => request.headers['content-type']);
    expect(types).toEqual(['application/x-protobuf', 'application/x-protobuf']);
  });
});

describe('a process that is stuck', () => {
  it('shows the place on the span of its main thread and on the root, to be searched by', async () => {
    const code = `const priceOrder = () => {
       console.log('stuck');
       for (;;);
     };
     priceOrder();`;
    const { app, collector } = await start(accept, code);
    await app.untilStdout(/stuck/);
    app.kill();
    await app.untilStderr(/^gmr \w+: \S+ took 8 log records; \S+ took \d+ spans$/m);
    const spans = collector.spans();
    const read = (name: string, key: string) =>
      spans.find((span) => span.name === name)?.attributes.find((one) => one.key === key)?.value.stringValue;
    expect(read('thread main', 'code.stacktrace')).toMatch(/^at priceOrder \(\S+\.mjs:\d+:\d+\)$/m);
    expect(read('thread main', 'gmr.thread.state')).toBe('running JavaScript');
    expect(read('guru meditation report', 'code.function.name')).toBe('priceOrder');
    expect(read('guru meditation report', 'gmr.main.stack_hash')).toMatch(/^[0-9a-f]+$/);
  });
});

describe('a crash', () => {
  it('makes the root span an error, with the thrown error', async () => {
    const code = "process.stdin.once('data', () => { throw new TypeError('no order'); });";
    const { app, collector, spool } = await start(accept, code, { GMR_CRASH: 'true' });
    app.child.stdin?.write('crash');
    await app.ended;
    // Taken, or on disk where there was no time for it.
    const waiting = filesIn(spool)
      .filter((name) => name.includes('.traces.'))
      .map((name) => JSON.parse(readFileSync(join(spool, name), 'utf8')) as WireTraceRequest);
    const [root] = [...collector.spans(), ...waiting.flatMap(spansOf)];
    expect(root).toMatchObject({ name: 'guru meditation report', status: { code: 2, message: 'no order' } });
  });
});
