import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, startApp, startText, WHOLE } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'gmr-settings-'));

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a setting that cannot be understood is one clear line, and the process starts and reports', () => {
  it.each([
    [
      'GMR_SIGNALS',
      'SIGNOPE',
      /^gmr: ignoring GMR_SIGNALS=SIGNOPE: expected none, or some of .*; using SIGUSR1,SIGUSR2$/m,
    ],
    [
      'GMR_DEADLINE_MS',
      'soon',
      /^gmr: ignoring GMR_DEADLINE_MS=soon: expected milliseconds from 10 to 60000; using 250$/m,
    ],
    ['GMR_FORMAT', 'xml', /^gmr: ignoring GMR_FORMAT=xml: expected text, short, full, json or none; using text$/m],
    ['GMR_ENABLED', 'perhaps', /^gmr: ignoring GMR_ENABLED=perhaps: expected true or false; using true$/m],
    ['GMR_SINGALS', 'SIGUSR1', /^gmr: ignoring GMR_SINGALS: this version has no such setting/m],
  ])('%s=%s', async (name, value, line) => {
    const app = startApp('idle', { env: { [name]: value } });
    await app.untilStdout(/up/);
    app.kill();
    const all = await app.untilStderr(WHOLE);
    expect(all).toMatch(line);
    expect([...all.matchAll(/^gmr: /gm)]).toHaveLength(1);
  });

  it('OTEL_EXPORTER_OTLP_ENDPOINT', async () => {
    const app = startApp('idle', { env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' } });
    await app.untilStdout(/up/);
    app.kill();
    const all = await app.untilStderr(
      /^gmr [0-9a-f]{32}: not sent, in the text only: OTEL_EXPORTER_OTLP_ENDPOINT=nowhere is not a URL/m,
    );
    expect(all).toMatch(WHOLE);
  });
});

describe('a wrong option throws a TypeError that says what was expected and what was given', () => {
  it.each([
    [`setupAutorun({ signals: ['SIGNOPE'] })`, /TypeError: signals: expected false, or some of .*, got \[ 'SIGNOPE'/],
    [`setupAutorun({ deadlineMs: '5' })`, /TypeError: deadlineMs: expected milliseconds from 10 to 60000, got '5'/],
    [`setupAutorun({ package: { product: 5 } })`, /TypeError: package.product: expected a string, got number/],
    [`setupAutorun({ signal: 'SIGUSR1' })`, /TypeError: unknown option signal: expected one of .*signals/],
    [
      `setupAutorun({ otlp: { endpoint: 'collector' } })`,
      /TypeError: otlp.endpoint: expected a URL .*, got 'collector'/,
    ],
    [
      `setupAutorun({ otlp: { endpoint: 'htp://bob:hunter2@h/a?key=hunter2' } })`,
      /TypeError: otlp.endpoint: expected a URL .*, got 'htp:\/\/\*\*\*@h\/a\?\*\*\*'$/m,
    ],
    [`setupAutorun({ otlp: { toString: 1 } })`, /TypeError: unknown option otlp.toString/],
    [`setupAutorun({ otlp: { url: 'http://a' } })`, /TypeError: unknown option otlp.url: expected one of endpoint, /],
    [`setupAutorun({ otlp: { protocol: 'soap' } })`, /TypeError: otlp.protocol: expected http\/json or .*, got 'soap'/],
    [
      `setupAutorun({ exporter: './exporter.mjs' })`,
      /TypeError: exporter: expected { module, options } or false, got '/,
    ],
    [
      `setupAutorun({ exporter: { file: './a' } })`,
      /TypeError: unknown option exporter.file: expected module or options/,
    ],
    [
      `setupAutorun({ exporter: { module: '' } })`,
      /TypeError: exporter.module: expected a path, a file: URL or .*, got ''/,
    ],
    [`setupAutorun({ exporter: { module: 'http://a/b.js' } })`, /TypeError: exporter.module: expected .*, got 'http:/],
    [
      `setupAutorun({ exporter: { module: './a', options: { read() {} } } })`,
      /TypeError: exporter.options: expected values that can be copied to another thread/,
    ],
    [`setupAutorun({ otlp: { timeoutMs: 0 } })`, /TypeError: otlp.timeoutMs: expected milliseconds above 0, got 0/],
    [`setupAutorun({ otlp: 'http://a' })`, /TypeError: otlp: expected an object or false, got string/],
    [
      `setupAutorun({ otlp: { headers: { 'a b': 'hunter2' } } })`,
      /TypeError: otlp.headers: expected an object of header names and texts, or a function .*, got object$/m,
    ],
    [`setupAutorun({ otlp: null })`, /TypeError: otlp: expected an object or false, got null/],
    [`setupAutorun({ package: [] })`, /TypeError: package: expected an object, got a list/],
    ['setupAutorun(null)', /TypeError: options: expected an object, got null/],
    ['setupAutorun(5)', /TypeError: options: expected an object, got number/],
    [`registerSection('', () => 1)`, /TypeError: title: expected a non-empty string/],
    [
      `registerConfiguration('a', () => 1, { secret: 'key' })`,
      /TypeError: secret: expected a list of keys, got string/,
    ],
    [`registerSection('A', 5)`, /TypeError: generator: expected a function, got number/],
  ])('%s', async (call, message) => {
    const app = startText(
      `import { registerConfiguration, registerSection, setupAutorun } from ${JSON.stringify(INDEX)}; ${call};`,
      {
        armed: false,
      },
    );
    expect((await app.ended).code).toBe(1);
    expect(app.stderr()).toMatch(message);
  });
});

describe('GMR_LOG_DIR', () => {
  it('takes each report as a whole file of mode 0600, and the line on stderr says which', async () => {
    const logDir = join(directory, 'reports');
    const app = startApp('idle', { env: { GMR_LOG_DIR: logDir } });
    await app.untilStdout(/up/);
    app.kill();
    const said = await app.untilStderr(/written to/);
    const [name = ''] = readdirSync(logDir);
    expect(name).toMatch(new RegExp(`^guru-meditation_gurumeditation_\\d{14}_${app.pid}_[0-9a-f]{8}$`));
    expect(said).toContain(join(logDir, name));
    expect(said).not.toMatch(/Runtime/);
    expect(statSync(join(logDir, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(logDir, name), 'utf8')).toMatch(WHOLE);
  });

  it('that cannot be written to loses nothing: the report is on stderr', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    const app = startApp('idle', { env: { GMR_LOG_DIR: join(file, 'below') } });
    await app.untilStdout(/up/);
    app.kill();
    const all = await app.untilStderr(WHOLE);
    expect(all).toMatch(/^gmr [0-9a-f]{32}: GMR_LOG_DIR .* cannot be written to \(ENOTDIR/m);
  });
});

describe('GMR_FORMAT', () => {
  it('json: each line is a JSON object with level, time and msg, a line a section, and that of the delivery', async () => {
    const app = startApp('idle', { env: { GMR_FORMAT: 'json', GMR_STALL_MS: 'soon' } });
    await app.untilStdout(/up/);
    app.kill();
    const all = await app.untilStderr(/not sent, in the text only.*\n/);
    const lines = all
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const { level, time, msg } of lines) {
      expect(level).toMatch(/^(?:info|warn)$/);
      expect(new Date(time).toISOString()).toBe(time);
      expect(msg).toMatch(/^gmr(?: [0-9a-f]{32})?: \S/);
    }
    const [problem, ...report] = lines;
    const delivery = report.pop();
    expect(problem).toMatchObject({ level: 'warn', msg: expect.stringMatching(/ignoring GMR_STALL_MS=soon/) });
    expect(report[0].msg).toMatch(/^gmr [0-9a-f]{32}: main idle/);
    expect(delivery).toMatchObject({ level: 'info', msg: expect.stringMatching(/not sent, in the text only/) });
    expect(delivery['gmr.report.id']).toBe(report[0]['gmr.report.id']);
    expect(report.map((line) => line['gmr.section.name'])).toEqual([
      'report',
      'package',
      'threads',
      'green_threads',
      'in_flight',
      'processes',
      'configuration',
      'runtime',
    ]);
    expect(new Set(report.map((line) => line['gmr.report.id'])).size).toBe(1);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['short', ['Guru Meditation', 'Threads', 'Green Threads', 'In Flight'], /^name = main$/m],
    [
      'full',
      ['Guru Meditation', 'Package', 'Threads', 'Green Threads', 'In Flight', 'Processes', 'Configuration', 'Runtime'],
      /^ {2}deadlineMs = 250$/m,
    ],
    ['none', [], /^gmr [0-9a-f]{32}: main idle/],
  ])('%s: the sections of it, then the answer', async (format, titles, content) => {
    const app = startApp('idle', { env: { GMR_FORMAT: format } });
    await app.untilStdout(/up/);
    app.kill();
    const all = await app.untilStderr(/not sent, in the text only.*\n/);
    expect([...all.matchAll(/^==== +(\S.*?) +====$/gm)].map(([, title]) => title)).toEqual(titles);
    expect(all).toMatch(content);
    expect(all).toMatch(/^gmr [0-9a-f]{32}: main idle.*\ngmr [0-9a-f]{32}: not sent, in the text only/m);
  });

  it('none: the line is on stderr with GMR_LOG_DIR as well, and no file is made', async () => {
    const logDir = mkdtempSync(join(directory, 'none-'));
    const app = startApp('idle', { env: { GMR_FORMAT: 'none', GMR_LOG_DIR: logDir } });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/^gmr [0-9a-f]{32}: main idle.*\n[\s\S]*not sent/);
    expect(readdirSync(logDir)).toEqual([]);
  });
});

describe('GMR_COLOR', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['auto, on a pipe', {}, false],
    ['auto, on a pipe, with FORCE_COLOR', { FORCE_COLOR: '1' }, true],
    ['always', { GMR_COLOR: 'always' }, true],
    ['never, with FORCE_COLOR', { GMR_COLOR: 'never', FORCE_COLOR: '1' }, false],
  ])('%s', async (_, env, isColoured) => {
    const app = startApp('idle', { env });
    await app.untilStdout(/up/);
    app.kill();
    expect((await app.untilStderr(/^resource usage[\s\S]*not sent/m)).includes('\u001b[')).toBe(isColoured);
  });

  it('always: a file in GMR_LOG_DIR has none', async () => {
    const logDir = mkdtempSync(join(directory, 'colour-'));
    const app = startApp('idle', { env: { GMR_COLOR: 'always', GMR_LOG_DIR: logDir } });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/written to/);
    expect(readFileSync(join(logDir, `${readdirSync(logDir)[0]}`), 'utf8')).not.toContain('\u001b');
  });
});

describe('setupAutorun behind --import', () => {
  it('may set another name and another spool: the reports have them', async () => {
    const spoolDir = join(directory, 'later');
    const app = startText(
      `import { setupAutorun } from ${JSON.stringify(INDEX)};
       const { ready } = setupAutorun();
       await ready;
       setupAutorun({ package: { product: 'shop' }, spoolDir: ${JSON.stringify(spoolDir)} });
       console.log('up');
       setTimeout(() => {}, 20_000);`,
      { env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } },
    );
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(/^gmr [0-9a-f]{32}: .*kept in \S+\/later,/m);
    const [file] = readdirSync(spoolDir).filter((name) => name.endsWith('.jsonl'));
    expect(readFileSync(join(spoolDir, `${file}`), 'utf8')).toMatch(
      /"key":"service.name","value":\{"stringValue":"shop"\}/,
    );
  });

  it('disarms a process that --import has armed, if it says so in code, and arms it again', async () => {
    const app = startText(
      `import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
       const listens = () => process.listenerCount('SIGUSR2') > 0;
       const told = [listens()];
       setupAutorun({ enabled: false });
       told.push(listens(), await generateReport().catch(() => 'no report'));
       await setupAutorun({ enabled: true }).ready;
       console.log(JSON.stringify([...told, listens(), (await generateReport({ print: false })).trigger]));`,
    );
    expect((await app.ended).code).toBe(0);
    expect(JSON.parse(app.stdout())).toEqual([true, false, 'no report', true, 'api']);
  });
});

describe('generateReport', () => {
  it('shows the caller’s stack, needs no setup, and its delivery can be awaited', async () => {
    const app = startText(
      `import { generateReport } from ${JSON.stringify(INDEX)};
       async function askHere() { return generateReport(); }
       const report = await askHere();
       console.log(report.id, report.trigger, report.time);
       console.log('delivery:', (await report.delivery).sentence);`,
      { armed: false },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toMatch(/^[0-9a-f]{32} api \d{4}-/);
    expect(app.stdout()).toMatch(/delivery: not sent/);
    expect(app.stderr()).toMatch(/^trigger = api$/m);
    expect(app.stderr()).toMatch(/in askHere/);
  });

  it('does not keep the process alive for a delivery that is only looked at, by a debugger as well', async () => {
    const app = startText(
      `import { inspect } from 'node:util';
       import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
       const report = await generateReport({ print: false });
       const { ready } = setupAutorun();
       console.log(inspect(report.delivery), inspect(ready));
       const { Session } = await import('node:inspector');
       Object.assign(globalThis, { report, ready });
       const debugger_ = new Session();
       debugger_.connect();
       debugger_.post('Runtime.enable');
       for (const expression of ['report', 'report.delivery', 'ready'])
         debugger_.post('Runtime.evaluate', { expression, generatePreview: true }, (_, { result }) =>
           debugger_.post('Runtime.getProperties', { objectId: result.objectId, generatePreview: true }, (_, all) =>
             console.log('debugger:', expression, all.internalProperties?.map(({ name }) => name).join())));`,
      {
        armed: false,
        env: { OTEL_LOGS_EXPORTER: 'otlp', GMR_DELIVERY_JITTER_MS: '600000', GMR_SPOOL_DIR: 'none' },
      },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toMatch(/^AwaitedPromise(?: \[Promise\])? \{ <pending>/);
    expect(app.stdout()).toMatch(/^debugger: report\.delivery .*PromiseState/m);
  });

  it('is told to listeners, whose errors are a line on stderr', async () => {
    const app = startText(
      `import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
       const autorun = setupAutorun();
       autorun.onReport(() => { throw new Error('thrown'); });
       autorun.onReport(async () => { throw new Error('rejected'); });
       const told = new Promise((resolve) => autorun.onReport(({ id, trigger, logRecords }) => resolve([id, trigger, logRecords.length])));
       const { id } = await generateReport({ print: false });
       console.log(JSON.stringify([id, ...await told]));`,
      { armed: false },
    );
    expect((await app.ended).code).toBe(0);
    const [id, ...told] = JSON.parse(app.stdout());
    expect(told).toEqual([id, 'api', 8]);
    for (const word of ['thrown', 'rejected'])
      expect(app.stderr()).toContain(`gmr: a listener to reports failed: Error: ${word}`);
  });

  it('is whole if the process is armed again while it is disarmed', async () => {
    const app = startText(
      `import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
       const first = setupAutorun();
       await first.ready;
       const closing = first.close();
       await setupAutorun().ready;
       await closing;
       const { text } = await generateReport({ print: false });
       console.log(text.match(/^heap = .*$/m)?.[0]);`,
      { armed: false },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toMatch(/^heap = used [\d.]+ MiB/);
  });

  it('rejects for a registered section: its report would ask for another one', async () => {
    const app = startText(
      `import { generateReport, registerSection } from ${JSON.stringify(INDEX)};
       registerSection('Again', async () => (await generateReport()).id);
       const { sections } = await generateReport({ print: false });
       console.log(sections.at(-1).status, sections.at(-1).error);
       console.log((await generateReport({ print: false })).trigger);`,
      { armed: false },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toBe('failed Error: no report: what is registered is being run for one\napi\n');
  });

  it('keeps nothing of the async context that it is asked in, nor a registration of its own', async () => {
    const app = startText(
      `import { AsyncLocalStorage } from 'node:async_hooks';
       import { generateReport, registerSection } from ${JSON.stringify(INDEX)};
       const storage = new AsyncLocalStorage();
       const freed = [];
       const registry = new FinalizationRegistry((name) => freed.push(name));
       async function within(name, run) {
         const store = { name };
         registry.register(store, name);
         await storage.run(store, run);
       }
       await within('registered', () => registerSection('S', () => 1));
       await within('asked', () => generateReport({ print: false }));
       setInterval(() => { gc(); if (freed.length === 2) { console.log(freed.sort().join()); process.exit(); } }, 20);`,
      { armed: false, flags: ['--expose-gc'] },
    );
    await app.untilStdout(/^asked,registered$/m);
  });

  it('rejects an option that is invalid', async () => {
    const app = startText(
      `import { generateReport } from ${JSON.stringify(INDEX)};
       await generateReport({ deliver: 'no' }).catch((error) => console.log(String(error)));`,
      { armed: false },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toBe('TypeError: deliver: expected true or false, got string\n');
  });

  it('rejects when reports are disabled', async () => {
    const app = startText(
      `import { generateReport } from ${JSON.stringify(INDEX)};
       await generateReport().catch((error) => console.log(error.message));`,
      { armed: false, env: { GMR_ENABLED: 'false' } },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toMatch(/no report: GMR_ENABLED is false/);
  });
});
