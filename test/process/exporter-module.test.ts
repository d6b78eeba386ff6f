import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, makeStateDirectory, readWholeLines, startText, WHOLE, writeProgram } from './start.js';

/** As an operator has it who sets no variable. */
const UNSET = { OTEL_LOGS_EXPORTER: '', OTEL_TRACES_EXPORTER: '' };
const STAY = "setInterval(() => {}, 1000); console.log('up');";
const APPEND = "import { appendFileSync, existsSync } from 'node:fs';";
/** An exporter that writes a line for each item that it takes. */
const TAKE = `(file) => ({ export(items, done) {
  for (const item of items) appendFileSync(file, JSON.stringify([item.eventName ?? item.name, item.resource.attributes['service.name']]) + '\\n');
  done({ code: 0 });
} })`;

afterEach(killAll);

/** A program whose reports go to a module of this text; `file` is its option. */
function startWith(text: string, { env = {}, program = '' } = {}) {
  const file = `${makeStateDirectory()}/taken`;
  const module = writeProgram(text);
  const exporter = JSON.stringify({ module, options: { file } });
  const app = startText(
    `import { setupAutorun } from ${JSON.stringify(INDEX)};
     await setupAutorun({ exporter: ${exporter} }).ready; ${program}; ${STAY}`,
    { armed: false, env: { ...UNSET, OTEL_SERVICE_NAME: 'shop', ...env } },
  );
  return { app, file, module };
}

describe('the option exporter', () => {
  it('has the exporters of a module take the records and spans, also of a blocked main thread', async () => {
    const { app, file, module } = startWith(
      `${APPEND} const take = ${TAKE};
       export default async ({ file }) => ({ logs: take(file), traces: take(file + '.spans') });`,
      { program: "process.on('SIGWINCH', () => { console.log('spins'); for (;;); })" },
    );
    await app.untilStdout(/up/);
    app.kill('SIGWINCH');
    await app.untilStdout(/spins/);
    app.kill();
    const said = await app.untilStderr(/ took 8 log records; .* took 9 spans$/m);
    expect(said).toContain(`: exporter ${module} took 8 log records; exporter ${module} took 9 spans`);
    expect(readWholeLines(file)).toContain('["gmr.threads","shop"]');
    expect(readWholeLines(`${file}.spans`)).toContain('["guru meditation report","shop"]');
  });

  it('sends no spans, and says nothing of them, if the module makes no exporter for them', async () => {
    const { app } = startWith(
      `${APPEND} const take = ${TAKE};
       export default ({ file }) => ({ logs: take(file) });`,
    );
    await app.untilStdout(/up/);
    app.kill();
    expect(await app.untilStderr(/^gmr \w{32}: exporter \S+ took 8 log records$/m)).not.toMatch(/^gmr.*\bspans?\b/m);
  });

  it.each([
    [
      'cannot be read',
      "import './missing.mjs'; export default () => ({});",
      /cannot be loaded: Error: Cannot find module/,
    ],
    ['throws', "throw new Error('no licence');", /cannot be loaded: Error: no licence/],
    ['awaits at its top level', 'await 1; export default () => ({});', /has a top-level await: its default export can/],
    ['exports no function', 'export const logs = {};', /its default export is of type \w+: expected a function/],
    ['makes no exporter', 'export default () => ({});', /returned no \{ logs \}: expected a LogRecordExporter/],
    ['rejects', "export default async () => { throw new Error('no answer yet'); };", /no answer yet/],
    [
      'fails to export',
      "export default () => ({ logs: { export: (_, done) => done({ code: 1, error: new Error('disk is full') }) } });",
      /disk is full/,
    ],
    ['never answers', 'export default () => ({ logs: { export() {} } });', /no answer in 1 s/],
    ['never makes its exporters', 'export default () => new Promise(() => {});', /no answer in 1 s/],
  ])('keeps a report that the module does not take, and says why: it %s', async (_, text, reason) => {
    const { app } = startWith(text, { env: { OTEL_EXPORTER_OTLP_TIMEOUT: '500', OTEL_TRACES_EXPORTER: 'none' } });
    await app.untilStdout(/up/);
    app.kill();
    const said = await app.untilStderr(/^gmr \w{32}: .*did not take.*$/m);
    const line = /^gmr \w{32}: exporter \S+ did not take 8 log records \((.*)\): kept in \S+, tried again in \d+ s$/m;
    expect(line.exec(said)?.[1]).toMatch(reason);
  });

  it('sends the report that waits once the module takes it, and outlives errors of its timers', async () => {
    const { app, file } = startWith(
      `${APPEND} const take = ${TAKE};
       export default ({ file }) => {
         setTimeout(() => { throw new Error('lost connection'); });
         return { logs: { export(items, done) {
           if (existsSync(file + '.go')) take(file).export(items, done);
           else done({ code: 1, error: new Error('not yet') });
         } } };
       };`,
      { env: { OTEL_TRACES_EXPORTER: 'none' } },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/did not take 8 log records \(not yet\): kept in/);
    await app.untilStderr(/^gmr: exporter \S+ threw, outside of a call: Error: lost connection$/m);
    writeFileSync(`${file}.go`, '');
    const said = await app.untilStderr(/ took 8 log records at the \w+ try$/m);
    expect(said).not.toContain('the agent thread ended');
    expect(
      readWholeLines(file),
      app
        .stderr()
        .split('\n')
        .filter((line) => line.startsWith('gmr'))
        .join('\n'),
    ).toHaveLength(8);
  });

  it('ends the agent while it is disarmed: nothing is started again', async () => {
    const { app, file } = startWith(
      `${APPEND} export default ({ file }) => ({ logs: { export() {
         setInterval(() => { if (existsSync(file + '.go')) process.exit(); }, 5);
       } } });`,
      {
        env: { OTEL_TRACES_EXPORTER: 'none' },
        program: `process.stdin.once('data', async (go) => {
          const closing = setupAutorun().close();
          (await import('node:fs')).writeFileSync(String(go), '');
          await closing;
          console.log('closed');
        })`,
      },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(WHOLE);
    app.child.stdin?.write(`${file}.go`);
    await app.untilStdout(/closed/);
    expect(app.stderr()).toMatch(/^gmr: the agent thread ended \(.*\)$/m);
  });

  it('loads the module and exports while libuv’s pool is full', async () => {
    const { app, file } = startWith(
      `${APPEND} const take = ${TAKE}; export default ({ file }) => ({ logs: take(file) });`,
      {
        env: { OTEL_TRACES_EXPORTER: 'none', UV_THREADPOOL_SIZE: '1' },
        program: `const { execFileSync } = await import('node:child_process'); const { open } = await import('node:fs');
        const fifo = process.env.XDG_STATE_HOME + '/fifo'; execFileSync('mkfifo', [fifo]); open(fifo, 'r', () => {});`,
      },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took 8 log records$/m);
    expect(readWholeLines(file)).toHaveLength(8);
  });
});
