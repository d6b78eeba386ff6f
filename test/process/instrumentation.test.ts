import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, startNode, startText, WHOLE } from './start.js';

const INSTRUMENTATION = import.meta.resolve('guru-meditation/instrumentation');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** The 3.x SDK's own requirement. */
const LINES = major > 22 || (major === 22 && minor >= 15) ? ['sdk1', 'sdk2', 'sdk3'] : ['sdk1', 'sdk2'];

afterEach(killAll);

interface Got {
  readonly records: readonly { readonly section?: string; readonly id: string; readonly traceId?: string }[];
  readonly points: { readonly [name: string]: readonly { readonly value: number; readonly attributes: object }[] };
}

async function start(line: string, config: object = {}, env: Record<string, string> = {}) {
  const program = fileURLToPath(new URL(`../apps/${line}/instrumented.mjs`, import.meta.url));
  const app = startNode([program], { env: { INSTRUMENTATION, CONFIG: JSON.stringify(config), ...env } });
  await app.untilStdout(/^up$/m);
  return app;
}

type App = Awaited<ReturnType<typeof start>>;

async function makeReport(app: App): Promise<{ report: string; id: string }> {
  app.kill('SIGUSR2');
  const report = await app.untilStderr(WHOLE);
  return { report, id: /^report = (\w{32})$/m.exec(report)?.[1] ?? '' };
}

/** What the SDK has had by the time main is asked. */
async function readGot(app: App, isWhole: (got: Got) => boolean): Promise<Got> {
  for (;;) {
    app.kill('SIGWINCH');
    const said = await app.untilStdout(/^\{.*\}$/m);
    // The last one may be half read.
    const lines = said.slice(0, said.lastIndexOf('\n')).split('\n');
    const got = JSON.parse(lines.filter((text) => text.startsWith('{')).at(-1) ?? '{}') as Got;
    if (isWhole(got)) return got;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.each(LINES)('GuruMeditationInstrumentation in NodeSDK of %s', (line) => {
  it('arms the process, sees its spans, and counts its reports', async () => {
    const app = await start(line, { eventLoopMetrics: true });
    const { report } = await makeReport(app);
    expect(report).toMatch(/^ {2}open order {2}internal/m);
    expect(report).toMatch(/^service = instrumented$/m);
    const { points, records } = await readGot(app, (got) => got.points['gmr.reports'] !== undefined);
    expect(points['gmr.reports']).toEqual([{ value: 1, attributes: { 'gmr.report.trigger': 'signal' } }]);
    expect(points['nodejs.eventloop.utilization']).toHaveLength(1);
    expect(points['nodejs.eventloop.delay.max']).toHaveLength(1);
    expect(records).toEqual([]);
  });

  it.each(['application', 'both'] as const)(
    'sends records through the logger provider of the SDK: %s',
    async (emit) => {
      const app = await start(
        line,
        { emit },
        { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
      );
      const { id } = await makeReport(app);
      const { records } = await readGot(app, (got) => got.records.length >= 8);
      expect(new Set(records.map((record) => record.id))).toEqual(new Set([id]));
      // The marks of spans in flight belong to the traces of these.
      const own = records.filter(({ section }) => section !== 'report.mark');
      expect(new Set(own.map(({ traceId }) => traceId))).toEqual(new Set([id]));
      await app.untilStderr(
        emit === 'both' ? /127\.0\.0\.1:9.* did not take/ : /not sent, in the text only: otlp: false/,
      );
    },
  );
});

describe('GuruMeditationInstrumentation', () => {
  const program = (text: string) =>
    startText(`import { GuruMeditationInstrumentation } from '${INSTRUMENTATION}'; ${text}`, { armed: false });

  it('arms nothing if it is not enabled, and is enabled and disabled later', async () => {
    const app = program(`
      const one = new GuruMeditationInstrumentation({ enabled: false });
      one.enable();
      const counts = [process.listenerCount('SIGUSR2')];
      one.setConfig({ enabled: true, signals: ['SIGUSR2'] });
      counts.push(process.listenerCount('SIGUSR2'), one.getConfig().signals[0]);
      one.disable();
      counts.push(process.listenerCount('SIGUSR2'), one.instrumentationName, typeof one.instrumentationVersion);
      console.log(JSON.stringify(counts));`);
    expect((await app.ended).code).toBe(0);
    expect(JSON.parse(app.stdout())).toEqual([0, 1, 'SIGUSR2', 0, 'guru-meditation', 'string']);
  });

  it('gives the sending back to the agent when it is configured so', async () => {
    const app = program(`
      import { generateReport } from ${JSON.stringify(INDEX)};
      const one = new GuruMeditationInstrumentation({ emit: 'application' });
      const ask = async () => (await (await generateReport({ print: false })).delivery).sentence;
      const said = [await ask()];
      one.setLoggerProvider({ getLogger: () => ({ emit() {} }) });
      said.push(await ask());
      one.setConfig({ emit: 'agent' });
      said.push(await ask());
      console.log(JSON.stringify(said));
      process.exit();`);
    expect((await app.ended).code).toBe(0);
    const switched = 'not sent, in the text only: OTEL_LOGS_EXPORTER=none';
    expect(JSON.parse(app.stdout())).toEqual([switched, 'not sent, in the text only: otlp: false', switched]);
  });

  it.each([
    [{ emit: 'sdk' }, /TypeError: emit: expected agent, application or both, got sdk/],
    [{ eventLoopMetrics: 1 }, /TypeError: eventLoopMetrics: expected true or false, got number/],
    [{ stall: 5 }, /TypeError: unknown option stall: expected one of/],
  ])('%j throws a TypeError', async (config, message) => {
    const app = program(`new GuruMeditationInstrumentation(${JSON.stringify(config)});`);
    expect((await app.ended).code).toBe(1);
    expect(app.stderr()).toMatch(message);
  });
});
