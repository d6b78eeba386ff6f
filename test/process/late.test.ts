import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, INDEX, idsIn, killAll, type Program, readWholeLines, startNode, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'late-'));
const ENDED = /^resource usage/m;
const SUPPLEMENT = /^={72}\n====\s+Threads \(supplement\)\s+====\n={72}\n/m;
const DEAD = 'http://127.0.0.1:9';
let places = 0;

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A directory of its own, and in it a pipe that holds its reader in native code until `letGo`. */
function makePlace() {
  places += 1;
  const directory = join(root, String(places));
  execFileSync('mkdir', [directory]);
  const newPipe = (name: string) => {
    const fifo = join(directory, name);
    execFileSync('mkfifo', [fifo]);
    return {
      fifo,
      async letGo() {
        // Without a reader the open fails: the thread is on its way there.
        for (let n = 0; n < 400; n += 1) {
          try {
            return closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
          } catch {
            await sleep(25);
          }
        }
        throw new Error('nobody reads the pipe');
      },
    };
  };
  return { directory, newPipe };
}

/** Reads the pipe on main when the test says so, and goes on. */
function startShop(fifo: string, env: Record<string, string> = {}, more = ''): Promise<Program> {
  return startUp(
    `import { readFileSync } from 'node:fs';
     import { generateReport, setupAutorun } from ${JSON.stringify(INDEX)};
     function chargeCard() { const url = 'https://bob:hunter2hunter2@pay.example/'; readFileSync(${JSON.stringify(fifo)}); return url; }
     ${more}
     process.stdin.once('data', () => { console.log('stuck'); chargeCard(); console.log('free'); });
     const autorun = setupAutorun(); await autorun.ready; console.log('up');`,
    env,
  );
}

async function startUp(text: string, env: Record<string, string>): Promise<Program> {
  const app = startText(text, { env: { GMR_DEADLINE_MS: '100', GMR_MAX_REPORTS_PER_MINUTE: '1000', ...env } });
  await app.untilStdout(/up/);
  return app;
}

async function getStuck(app: Program): Promise<void> {
  app.child.stdin?.write('x');
  await app.untilStdout(/stuck/);
}

/** Kills until a report shows a thread where it is to be, and that report is done with: how soon depends on the machine. */
async function killUntil(app: Program, expected: RegExp): Promise<string> {
  for (let n = 1; n <= 200; n += 1) {
    app.kill();
    await app.untilStderr(ENDED, n);
    const all = await app.untilStderr(DONE, n);
    const report = all.slice(all.lastIndexOf('Guru Meditation'));
    if (expected.test(report)) return report;
  }
  throw new Error(`no ${expected} in:\n${app.stderr()}`);
}

/** The last line of each report, with and without delivery. */
const DONE = /^gmr [0-9a-f]{32}: (not sent, in the text only|\S+ (took|did not take) \d+ log records)/m;
/** In the kernel's view: it opens the pipe. */
const STUCK = /^main = in native code( for .*)?$[\s\S]*^kernel = .*system call open/m;

async function gmr(...args: string[]): Promise<string> {
  const command = startNode([CLI, ...args]);
  await command.ended;
  return command.stdout();
}

async function startCollector(store: string): Promise<{ url: string; collector: Program }> {
  const collector = startNode([CLI, 'collect', '--port', '0', '--dir', store]);
  const said = await collector.untilStdout(/listening on \S+,/);
  return { collector, url: /listening on (\S+),/.exec(said)?.[1] ?? '' };
}

type Attributes = Record<string, string | number>;

/** Each log record's attributes, as they came. */
function readStore(store: string): Attributes[] {
  const lines = readWholeLines(join(store, 'logs.jsonl'));
  const records = lines.flatMap((line) => JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords);
  return records.map(({ attributes }) =>
    Object.fromEntries(
      attributes.map(({ key, value }: { key: string; value: Record<string, unknown> }) => [
        key,
        value.stringValue ?? Number(value.intValue ?? value.doubleValue),
      ]),
    ),
  );
}

describe('a thread that answers after its report has gone out', () => {
  it('main: what it says is printed and sent as a supplement under the same report id', async () => {
    const { directory, newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const store = join(directory, 'store');
    const { url, collector } = await startCollector(store);
    const app = await startShop(fifo, { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url });
    await getStuck(app);
    const id = idsIn(await killUntil(app, STUCK)).at(-1) ?? '';
    await app.untilStderr(new RegExp(`^gmr ${id}: \\S+ took 8 log records`, 'm'));
    expect(app.stderr()).not.toMatch(SUPPLEMENT);
    await letGo();
    await app.untilStderr(new RegExp(`^gmr ${id}: \\S+ took 1 log record$`, 'm'));
    const text = app.stderr();
    const said = text.slice(text.search(SUPPLEMENT));
    expect(said).toMatch(new RegExp(`report = ${id}\nlate = \\d+\\.\\d s after the report, at 20`));
    expect(said).toMatch(
      /^note = where it was when it answered, \d+\.\d s after the report: what held it may be over; it agrees with its stack read from memory: all \d+ calls of the program are the same$/m,
    );
    expect(said).toMatch(/\d+\.mjs:\d+:\d+ in .*chargeCard/);
    expect(said).toContain('https://bob:***@pay.example/');
    await collector.untilStdout(new RegExp(`9 records, 1 a supplement {2}report ${id}`));
    const records = readStore(store).filter((record) => record['gmr.report.id'] === id);
    expect(records).toHaveLength(9);
    expect(new Set(records.map((record) => record['log.record.uid'])).size).toBe(9);
    expect(new Set(records.map((record) => record['gmr.section.count']))).toEqual(new Set([8]));
    const late = records.filter((record) => record['gmr.section.late_ms'] !== undefined);
    expect(late).toMatchObject([
      { 'gmr.section.name': 'threads', 'gmr.section.index': 8, 'gmr.report.trigger': 'signal' },
    ]);
    expect(late[0]?.['gmr.section.late_ms']).toBeGreaterThan(0);
    expect(await gmr('show', id, '--dir', store)).toMatch(/Threads \(supplement\)[\s\S]*in .*chargeCard/);
    expect(await gmr('ls', '--dir', store)).toMatch(new RegExp(`^${id.slice(0, 8)}.*9 records, 1 a supplement`, 'm'));
  });

  it('main, blocked inside a request: what was in flight comes with the supplement, and marks for its trace', async () => {
    const { directory, newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const store = join(directory, 'store');
    const { url, collector } = await startCollector(store);
    const app = await startUp(
      `import { createServer } from 'node:http';
       import { readFileSync } from 'node:fs';
       import { setupAutorun } from ${JSON.stringify(INDEX)};
       await setupAutorun().ready;
       function chargeCard() { readFileSync(${JSON.stringify(fifo)}); }
       const server = createServer((request, response) => { console.log('stuck'); chargeCard(); response.end('charged'); });
       server.listen(0, '127.0.0.1', () => console.log('up at', server.address().port, '.'));`,
      { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url },
    );
    const port = /up at (\d+) \./.exec(await app.untilStdout(/up at \d+ \./))?.[1] ?? '';
    const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const answer = fetch(`http://127.0.0.1:${port}/charge?card=1`, {
      headers: { traceparent: `00-${trace}-${span}-01` },
    });
    await app.untilStdout(/stuck/);
    const id = idsIn(await killUntil(app, STUCK)).at(-1) ?? '';
    await app.untilStderr(new RegExp(`^gmr ${id}: \\S+ took 8 log records`, 'm'));
    await letGo();
    expect(await (await answer).text()).toBe('charged');
    const said = await app.untilStderr(/In Flight \(supplement\)[\s\S]* took \d+ log records/);
    expect(said).toMatch(
      /^\*\s+served\s+http\s+GET \/charge\s.*trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7$/m,
    );
    await collector.untilStdout(new RegExp(`2 supplements {2}report ${id}`));
    // A kill before main was in the pipe has made a report, and a mark, of its own.
    const records = readStore(store).filter((record) => record['gmr.report.id'] === id);
    const marks = records.filter((record) => record['gmr.section.name'] === 'report.mark');
    expect(marks).toMatchObject([{ 'gmr.report.id': id, 'url.path': '/charge', 'gmr.in_flight.kind': 'request' }]);
  });

  it.each([
    ['execSync', `function runCommand() { execSync('sleep 3'); }`, 'runCommand'],
    ['pbkdf2Sync', `function deriveKey() { pbkdf2Sync('a', 'b', 4_000_000, 64, 'sha512'); }`, 'deriveKey'],
    [
      'JSON.parse',
      `const text = '[' + '{"a":[1,2,3]},'.repeat(2_000_000) + '0]';
       function parseHuge() { const orders = JSON.parse(text); let sum = 0; for (const { a } of orders) sum += a?.length ?? 0; return sum; }`,
      'parseHuge',
    ],
  ])('in %s: the function that made the call is still on its stack', async (_, text, name) => {
    const app = await startUp(
      `import { execSync } from 'node:child_process'; import { pbkdf2Sync } from 'node:crypto';
       import { setupAutorun } from ${JSON.stringify(INDEX)}; await setupAutorun().ready;
       ${text} setInterval(() => {}, 1000); process.stdin.once('data', function again() { console.log('stuck'); ${name}(); setTimeout(again, 500); });
       console.log('up');`,
      { GMR_DEADLINE_MS: '50' },
    );
    await getStuck(app);
    // It gets stuck again and again: the first report may come too late for the first time.
    await killUntil(app, /^main = (in native code|waits for its child)/m);
    await app.untilStderr(SUPPLEMENT);
    const said = await app.untilStderr(new RegExp(`\\.mjs:\\d+:\\d+ in .*${name}`));
    expect(said.slice(said.search(SUPPLEMENT))).toMatch(/^state = running JavaScript( for .*)?$/m);
  });

  it('a worker, while main is well, and both', async () => {
    const { newPipe } = makePlace();
    const [first, second] = [newPipe('first'), newPipe('second')];
    const program = `
      import { readFileSync } from 'node:fs'; import { Worker } from 'node:worker_threads';
      import { setupAutorun } from ${JSON.stringify(INDEX)}; await setupAutorun().ready;
      const code = \`const { readFileSync } = require('node:fs');
        function loadRates() { readFileSync(\${JSON.stringify(process.env.WORKER_PIPE)}); return 1; }
        loadRates(); setInterval(() => {}, 1000);\`;
      new Worker(code, { eval: true, name: 'rates' }).on('online', () => console.log('up'));
      process.stdin.once('data', function chargeCard() { console.log('stuck'); readFileSync(process.env.MAIN_PIPE); console.log('free'); });`;
    const app = await startUp(program, { MAIN_PIPE: first.fifo, WORKER_PIPE: second.fifo });
    const id = idsIn(await killUntil(app, /^name = rates\nstate = (in native code|did not answer)( for .*)?$/m)).at(-1);
    await getStuck(app);
    const both = await killUntil(app, STUCK);
    expect(both).toMatch(
      new RegExp(`name = rates\\n(.*\\n){1,3}note = .*; it has owed report ${id} an answer for \\d+\\.\\d s: `),
    );
    await first.letGo();
    await app.untilStdout(/free/);
    const main = await app.untilStderr(SUPPLEMENT);
    expect(main.slice(main.search(SUPPLEMENT))).toMatch(/^name = main$/m);
    await second.letGo();
    const worker = await app.untilStderr(
      /^=.*Threads \(supplement\)[\s\S]*^=.*Threads \(supplement\)[\s\S]* in .*loadRates$/m,
    );
    const last = worker.slice(worker.lastIndexOf('Threads (supplement)'));
    expect(last).toContain(`report = ${id}\n`);
    expect([...last.matchAll(/^name = (.*)$/gm)].map(([, name]) => name)).toEqual(['rates']);
    expect(app.child.exitCode).toBeNull();
  });

  it('is not asked again by a second kill: its one answer is printed once, and the second report says whose it is', async () => {
    const { newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const app = await startShop(fifo);
    await getStuck(app);
    const first = idsIn(await killUntil(app, STUCK)).at(-1);
    for (const _ of [1, 2]) await killUntil(app, new RegExp(`it has owed report ${first} an answer for `));
    const others = app.stderr();
    await letGo();
    await app.untilStdout(/free/);
    await app.untilStderr(SUPPLEMENT);
    await killUntil(app, /^main = (idle|running JavaScript( for [\d.]+ m?s)?)$/m);
    expect([...app.stderr().matchAll(new RegExp(SUPPLEMENT, 'gm'))]).toHaveLength(1);
    expect(others).not.toMatch(SUPPLEMENT);
  });

  it('as JSON: one line more, with the same id', async () => {
    const { newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const app = await startShop(fifo, { GMR_FORMAT: 'json' });
    await getStuck(app);
    let kills = 0;
    do {
      app.kill();
      kills += 1;
      await app.untilStderr(/"gmr\.section\.name":"runtime"/, kills);
    } while (!/"syscall":"open/.test(app.stderr()));
    await letGo();
    const text = await app.untilStderr(/"gmr\.section\.late_ms":\d+.*\n/);
    const lines = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .filter((line) => 'gmr.section.name' in line);
    const [header, late] = [lines.at(-9), lines.at(-1)];
    expect(lines).toHaveLength(8 * kills + 1);
    expect(late).toMatchObject({
      'gmr.report.id': header['gmr.report.id'],
      'gmr.section.name': 'threads',
      'gmr.section.index': 8,
      'gmr.section.count': 8,
    });
    expect(JSON.stringify(late)).toMatch(/chargeCard/);
  });

  it('in GMR_LOG_DIR: a file of its own beside the report', async () => {
    const { directory, newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const logs = join(directory, 'logs');
    const app = await startShop(fifo, {
      GMR_LOG_DIR: logs,
    });
    await getStuck(app);
    // Until it is in the pipe: the kernel's view of it is in the file then.
    let written = 0;
    for (let stuck = false; !stuck; ) {
      app.kill();
      written += 1;
      const said = await app.untilStderr(/written to/, written);
      stuck = STUCK.test(
        readFileSync(/written to (.*)/.exec(said.slice(said.lastIndexOf('written')))?.[1] ?? '', 'utf8'),
      );
    }
    await letGo();
    const path =
      /written to (.*_supplement_1)$/m.exec(await app.untilStderr(/written to .*_supplement_1$/m))?.[1] ?? '';
    const names = readdirSync(logs).map((name) => join(logs, name));
    expect(names).toHaveLength(written + 1);
    expect(names).toContain(path.replace('_supplement_1', ''));
    expect(readFileSync(path, 'utf8')).toMatch(/in .*chargeCard/);
  });

  it('waits on disk beside its report, and both are sent by the next process', async () => {
    const { directory, newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const spool = join(directory, 'spool');
    const env = {
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      GMR_SPOOL_DIR: spool,
      OTEL_SERVICE_NAME: 'shop',
    };
    const app = await startShop(fifo, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: DEAD });
    await getStuck(app);
    const id = idsIn(await killUntil(app, STUCK))[0] ?? '';
    await letGo();
    await app.untilStderr(/ did not take 1 log record .*: kept in /);
    app.kill('SIGKILL');
    await app.ended;
    expect(readdirSync(spool).filter((name) => name.includes(id))).toHaveLength(2);
    expect(await gmr('show', '--dir', spool)).toMatch(/Threads \(supplement\)[\s\S]*in .*chargeCard/);
    const store = join(directory, 'store');
    const { url, collector } = await startCollector(store);
    const next = await startShop(fifo, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: url });
    await collector.untilStdout(new RegExp(`9 records, 1 a supplement {2}report ${id}`));
    await next.untilStderr(new RegExp(`^gmr ${id}: \\S+ took 8 log records`, 'm'));
    await next.untilStderr(new RegExp(`^gmr ${id}: .* took 1 log record$`, 'm'));
    const left = () => readdirSync(spool).filter((name) => name.includes(id));
    await expect.poll(left, { timeout: 90_000 }).toEqual([]);
  });

  it('disturbs neither generateReport nor a crash report', async () => {
    const { newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const app = await startShop(
      fifo,
      { GMR_CRASH: 'true' },
      `process.on('SIGHUP', async () => {
         const { text, trigger } = await generateReport();
         console.log(trigger, text.includes('the stack of the call that asked for this report'));
       });
       process.on('SIGINT', () => { throw new Error('boom'); });`,
    );
    await getStuck(app);
    await killUntil(app, STUCK);
    app.kill('SIGHUP');
    await letGo();
    await app.untilStdout(/api true/);
    await app.untilStderr(SUPPLEMENT);
    app.kill('SIGINT');
    expect((await app.ended).code).toBe(1);
    const text = app.stderr();
    expect([...text.matchAll(new RegExp(SUPPLEMENT, 'gm'))]).toHaveLength(1);
    expect(text).toMatch(/^trigger = crash uncaughtException$/m);
    expect(text).toMatch(/Error: boom\n/);
    expect(text).not.toMatch(/Waiting for the debugger/);
  });
});

describe('a process ends as it would have while a late answer is awaited', () => {
  /** A worker is in native code, which no process outlives; main is free to end. `end`: what it does then. */
  const program = (end: string) => `
    import { writeSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    import { setupAutorun } from ${JSON.stringify(INDEX)};
    const autorun = setupAutorun();
    const code = "require('node:fs').readFileSync(process.env.PIPE); setInterval(() => {}, 1000);";
    const worker = new Worker(code, { eval: true, name: 'native' });
    worker.unref();
    const timer = setInterval(() => {}, 1000);
    process.stdin.once('data', () => { process.stdin.destroy(); clearInterval(timer); writeSync(1, 'ends\\n'); ${end} });
    worker.on('online', () => autorun.ready.then(() => console.log('up')));`;
  const SILENT_WORKER = /^name = native\nstate = (in native code|did not answer)( for .*)?$/m;

  it.each([
    ['by running out of work', 'process.exitCode = 3;', { code: 3, signal: null }],
    ['by process.exit', 'process.exit(5);', { code: 5, signal: null }],
    [
      'by process.exit, with listeners behind ours',
      `process.on('exit', () => console.log('bye')); process.exit(6);`,
      { code: 6, signal: null },
    ],
    ['by an uncaught exception', `throw new Error('boom');`, { code: 1, signal: null }],
    ['by SIGTERM', `setInterval(() => {}, 1000);`, { code: null, signal: 'SIGTERM' as const }],
    ['behind autorun.close()', `autorun.close().then(() => console.log('closed'));`, { code: 0, signal: null }],
  ])('%s', async (_, end, expected) => {
    const { fifo, letGo } = makePlace().newPipe('pipe');
    const app = await startUp(program(end), { PIPE: fifo });
    await killUntil(app, SILENT_WORKER);
    app.child.stdin?.write('x');
    await app.untilStdout(/ends/);
    if (expected.signal) app.kill(expected.signal);
    // Node waits for the worker; only when all else is done is it let go, or its answer would close the session.
    await Promise.race([sleep(2000), app.ended]);
    // It may end meanwhile: then nobody reads the pipe any more.
    await Promise.race([letGo().catch(() => {}), app.ended]);
    expect(await app.ended).toEqual(expected);
    expect(app.stderr()).not.toMatch(/Waiting for the debugger/);
    expect(app.stderr()).not.toMatch(/^gmr: /m);
    expect(app.stderr()).not.toMatch(SUPPLEMENT);
  });

  it('by a signal that it sends itself: Node tells nobody before, and 20 and 22 say so, but do not wait', async () => {
    const { fifo } = makePlace().newPipe('pipe');
    const app = await startUp(program(`process.kill(process.pid, 'SIGTERM');`), { PIPE: fifo });
    await killUntil(app, SILENT_WORKER);
    app.child.stdin?.write('x');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('by process.exit the moment main is free', async () => {
    const { newPipe } = makePlace();
    const { fifo, letGo } = newPipe('pipe');
    const app = await startShop(fifo, {}, `process.stdin.once('data', () => setImmediate(() => process.exit(7)));`);
    await getStuck(app);
    await killUntil(app, STUCK);
    await letGo();
    expect(await app.ended).toEqual({ code: 7, signal: null });
    expect(app.stderr()).not.toMatch(/Waiting for the debugger/);
  });
});
