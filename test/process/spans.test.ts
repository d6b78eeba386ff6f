import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, MANY_REPORTS, type Program, REGISTER, reportUntil, startNode } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'spans-'));
afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** The 3.x SDK's own requirement. */
const hasSdk3 = major > 22 || (major === 22 && minor >= 15);
const app = (path: string) => fileURLToPath(new URL(`../apps/${path}`, import.meta.url));
const url = (path: string) => new URL(`../apps/${path}`, import.meta.url).href;
/** The last line of a report: that of its last section, which has all that is in flight. */
const END = /^====\s+In Flight\s+====$[\s\S]*^(?:\* the main thread|the main thread's code|nothing: |note = ).*$/m;
let runs = 0;

interface Run {
  readonly program: Program;
  /** Lets the program go on, and resolves when it has answered. */
  release(): Promise<string>;
}

function start(args: readonly string[], env: Record<string, string> = {}): Run {
  runs += 1;
  const file = join(directory, `release-${runs}`);
  // Generous: what is under test is what a main thread answers, not when.
  const index = args.includes(REGISTER) ? { INDEX } : {};
  const program = startNode(args, { env: { RELEASE: file, GMR_DEADLINE_MS: '10000', ...index, ...env } });
  return {
    program,
    release() {
      writeFileSync(file, '');
      return program.untilStdout(/^answered$/m);
    },
  };
}

/** The report of a program that is stuck in its inner span, and what the program said behind it. */
async function reportOf(args: readonly string[], env: Record<string, string> = {}) {
  const { program, release } = start(args, env);
  await program.untilStdout(/^stuck$/m);
  program.kill();
  const report = await program.untilStderr(END);
  const id = /^report = (\w{32})$/m.exec(report)?.[1] ?? '';
  return { report, id, stdout: await release() };
}

const armed = (...more: string[]) => ['--import', REGISTER, ...more];

function expectWhole({ report, id, stdout }: { report: string; id: string; stdout: string }, parent = true): void {
  const [, trace = '', span = ''] = /^span = apply voucher, trace (\w{32}) span (\w{16})$/m.exec(report) ?? [];
  expect(span).not.toBe('');
  const spans = report.split(/^------ +Spans +------$/m)[1] ?? '';
  expect(spans).toContain('spans = 2');
  expect(spans).toMatch(new RegExp(`^ {2}POST /orders {2}server, .* trace ${trace} span \\w{16}$`, 'm'));
  expect(spans).toMatch(new RegExp(`^\\* {3}apply voucher {2}internal, .* trace ${trace} span ${span}$`, 'm'));
  expect(spans).toContain('url.path=/orders db.password=***');
  const request = parent
    ? 'trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331'
    : `trace ${trace} span \\w{16}`;
  expect(report).toMatch(new RegExp(`^\\* {2}served {2}http {2}GET /orders {2}from 127.* ${request}$`, 'm'));
  expect(stdout).toContain(`ended apply voucher {"gmr.report.id":"${id}"}`);
  expect(stdout).toMatch(new RegExp(`^ended POST /orders .*"gmr.report.id":"${id}"`, 'm'));
  expect(report).not.toContain('secret-of-a-span');
}

describe('the span that main is stuck in, and those around it, are in the report, and the report in them', () => {
  const sdk2 = ['--import', url('sdk2/provider.mjs')];

  it('2.x, our --import first', async () => {
    const made = await reportOf([...armed(), ...sdk2, app('sdk2/app.mjs')]);
    expectWhole(made);
    expect(made.report).toMatch(/^service = traced$/m);
  });

  it('2.x, our --import last', async () => {
    expectWhole(await reportOf([...sdk2, ...armed(), app('sdk2/app.mjs')]));
  });

  it('2.x, CommonJS', async () => {
    expectWhole(await reportOf(armed(app('sdk2/app.cjs'))));
  });

  it('2.x, BasicTracerProvider', async () => {
    expectWhole(await reportOf([...armed(), ...sdk2, app('sdk2/app.mjs')], { PROVIDER: 'basic' }));
  });

  it('2.x, a list of processors that is frozen', async () => {
    expectWhole(await reportOf([...armed(), ...sdk2, app('sdk2/app.mjs')], { PROCESSORS: 'frozen' }));
  });

  it('2.x, recorded and not sampled', async () => {
    expectWhole(await reportOf([...armed(), ...sdk2, app('sdk2/app.mjs')], { SAMPLER: 'record' }));
  });

  it('2.x, a provider that is set late, behind a tracer that was asked for before', async () => {
    expectWhole(await reportOf([...armed(), ...sdk2, app('sdk2/late.mjs')], { LATE: '1' }));
  });

  it('2.x, if the program uses another copy and version of the API', async () => {
    expectWhole(await reportOf([...armed(), ...sdk2, app('sdk2/copy.mjs')]));
  });

  it('2.x, a request that brings no traceparent', async () => {
    expectWhole(await reportOf([...armed(), ...sdk2, app('sdk2/app.mjs')], { WITHOUT_PARENT: '1' }), false);
  });

  it('1.x', async () => {
    expectWhole(await reportOf([...armed(), '--import', url('sdk1/provider.mjs'), app('sdk1/app.mjs')]));
  });

  it('1.x, a processor that is added behind the registration', async () => {
    const env = { ADD_LATER: '1', OTEL_TRACES_EXPORTER: 'none' };
    expectWhole(await reportOf([...armed(), '--import', url('sdk1/provider.mjs'), app('sdk1/app.mjs')], env));
  });

  it.runIf(hasSdk3)('3.x', async () => {
    const made = await reportOf([...armed(), '--import', url('sdk3/provider.mjs'), app('sdk3/app.mjs')]);
    expectWhole(made);
    expect(made.report).toMatch(/^service = traced$/m);
  });

  it.runIf(hasSdk3)('3.x, NodeSDK, our --import last', async () => {
    const env = { PROVIDER: 'node-sdk' };
    expectWhole(await reportOf(['--import', url('sdk3/provider.mjs'), ...armed(app('sdk3/app.mjs'))], env));
  });
});

describe('if spans are not recorded', () => {
  const args = [...armed(), '--import', url('sdk2/provider.mjs'), app('sdk2/app.mjs')];

  it('the ids of the one that main is stuck in are there, and the request of its trace is marked', async () => {
    const { report } = await reportOf(args, { SAMPLER: 'off', WITHOUT_PARENT: '1' });
    expect(report).toMatch(/^span = \(not recorded\), trace \w{32} span \w{16}$/m);
    expect(report).toMatch(/^the main thread's code runs in span \w{16} of trace \w{32}, which is not recorded$/m);
    expect(report).not.toMatch(/^spans = /m);
  });

  it('a provider without any processor records for us alone', async () => {
    const { report } = await reportOf(args, { PROCESSORS: 'none' });
    expect(report).toMatch(/^\* {3}apply voucher {2}internal/m);
  });
});

describe('nothing is harmed', () => {
  it('by a processor of the application that throws: the span is known, the error is the application’s as before', async () => {
    const throwing = { PROCESSORS: 'throwing' };
    const args = ['--import', url('sdk2/provider.mjs'), app('sdk2/app.mjs')];
    const with_ = start([...armed(), ...args], throwing).program;
    const without = start(args, throwing).program;
    expect(await with_.untilStdout(/^threw .*$/m)).toBe(await without.untilStdout(/^threw .*$/m));
    with_.kill();
    expect(await with_.untilStderr(/^spans = \d+$/m)).toMatch(/^ {2}POST \/orders {2}server/m);
  });

  it('by ten thousand spans and more that never end, some of them hostile: all are counted, all are marked', async () => {
    const { program } = start([...armed(), '--import', url('sdk2/provider.mjs'), app('sdk2/many.mjs')], {
      COUNT: '12000',
      GMR_FORMAT: 'full',
    });
    await program.untilStdout(/^up$/m);
    program.kill();
    const report = await program.untilStderr(/^spans = 12000, the oldest \d+ shown$/m);
    expect(await program.untilStderr(/^ {2}span 299 /m)).not.toMatch(/^ {2}span 301 /m);
    expect(report).toMatch(/enormous=x{400}/);
    expect(report).toMatch(/^ {2}span 2 .*\n {6}…=\[proxy\]$/m);
    expect(report).toMatch(/getter=\[getter\]/);
    program.child.stdin?.write('\n');
    // Those that are known one by one, but for the one with 128 attributes, the one that throws and the two without any.
    await program.untilStdout(/^marked 99\d\d$/m);
    expect(program.child.exitCode).toBeNull();
  });

  it('by spans without references: they are collected, and no longer counted', async () => {
    const flags = ['--expose-gc', ...armed(), '--import', url('sdk2/provider.mjs')];
    const { program } = start([...flags, app('sdk2/many.mjs')], { ...MANY_REPORTS, COUNT: '12000', LET_GO: '50' });
    await program.untilStdout(/^up$/m);
    const ended = /^spans = \d+.*$/m;
    expect(await reportUntil(program, ended, (report) => /^spans = 50\b/m.test(report))).toMatch(/^spans = 50\b/m);
  });
});

describe('a report that the program asks for', () => {
  it('shows the span and the request of the code that asks', async () => {
    const text = `
      import { trace } from '@opentelemetry/api';
      import { createServer, get } from 'node:http';
      import { generateReport } from ${JSON.stringify(INDEX)};
      const server = createServer((_, response) => {
        trace.getTracer('t').startActiveSpan('asks', async (span) => {
          await new Promise((turned) => setTimeout(turned, 5));
          const { sections } = await generateReport({ print: false });
          console.log(JSON.stringify(sections.find(({ name }) => name === 'in_flight').data));
          span.end();
          response.end();
        });
      });
      server.listen(0, '127.0.0.1', () => get({ port: server.address().port, path: '/ask' }, () => process.exit()));`;
    const flags = ['--import', url('sdk2/provider.mjs'), '--input-type=module', '--eval', text];
    const program = startNode(flags, { cwd: app('sdk2'), env: { GMR_DEADLINE_MS: '10000', PROCESSORS: 'none' } });
    const { active, spans } = JSON.parse((await program.untilStdout(/\n$/)).trim()) as {
      active: { name: string; spanId: string };
      spans: { name: string; spanId: string; active: boolean }[];
    };
    expect(active.name).toBe('asks');
    expect(spans).toEqual([expect.objectContaining({ name: 'asks', spanId: active.spanId, active: true })]);
  });
});
