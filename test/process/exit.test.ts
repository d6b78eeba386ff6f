import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, makeStateDirectory, startText, WHOLE } from './start.js';

afterEach(killAll);

/** Takes connections and never answers. */
const HANGING = 'http://127.0.0.1:9/';
const SEND = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: HANGING };

describe('a process ends as it would have', () => {
  it.each([
    ['by running out of work', '', 0],
    ['with an exit code', 'process.exitCode = 3;', 3],
    ['by process.exit', 'process.exit(5);', 5],
  ])('%s', async (_, text, code) => {
    const app = startText(text);
    expect(await app.ended).toEqual({ code, signal: null });
    expect(app.stderr()).toBe('');
  });

  it('by an uncaught exception, with its stack on stderr', async () => {
    const app = startText(`throw new Error('boom');`);
    expect((await app.ended).code).toBe(1);
    expect(app.stderr()).toMatch(/Error: boom/);
    expect(app.stderr()).not.toMatch(/gmr/);
  });

  it('by an unhandled rejection', async () => {
    const app = startText(`Promise.reject(new Error('boom'));`);
    expect((await app.ended).code).toBe(1);
  });

  it('by a signal that is not ours', async () => {
    const app = startText(`setInterval(() => {}, 1000); console.log('up');`);
    await app.untilStdout(/up/);
    app.kill('SIGTERM');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('while a report is being made', async () => {
    const app = startText(`
      import { registerSection } from ${JSON.stringify(INDEX)};
      registerSection('Last', () => { setImmediate(() => process.exit(4)); return 'ends now'; });
      setInterval(() => {}, 1000); console.log('up');`);
    await app.untilStdout(/up/);
    app.kill();
    expect(await app.ended).toEqual({ code: 4, signal: null });
    expect(app.stderr()).not.toMatch(/Waiting for the debugger/);
  });

  it('in the middle of a section that ends it', async () => {
    const app = startText(`
      import { registerSection } from ${JSON.stringify(INDEX)};
      registerSection('Last', () => process.exit(4));
      setInterval(() => {}, 1000); console.log('up');`);
    await app.untilStdout(/up/);
    app.kill();
    expect(await app.ended).toEqual({ code: 4, signal: null });
  });

  it('while a report is on its way to a collector, and says that it was not taken', async () => {
    const app = startText(`process.stdin.once('data', () => process.exit(6)); console.log('up');`, { env: SEND });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ did not take /);
    app.child.stdin?.write('x');
    expect(await app.ended).toEqual({ code: 6, signal: null });
    expect(app.stderr()).toMatch(
      /^gmr: the process ended before 1 of its reports had been taken by a collector; on disk, for .*: \/\S+spool$/m,
    );
  });

  it('with a report that was asked for in code: text first, and the delivery is not waited for', async () => {
    const app = startText(
      `import { generateReport } from ${JSON.stringify(INDEX)};
       const report = await generateReport({ print: false });
       console.log(report.sections.length, report.text.includes('Guru Meditation'));
       process.exitCode = 9;`,
      { armed: false, env: SEND },
    );
    expect(await app.ended).toEqual({ code: 9, signal: null });
    expect(app.stdout()).toBe('7 true\n');
  });

  it('with a report that was asked for in code and is not sent: nothing is said of a collector', async () => {
    const text = `import { generateReport } from ${JSON.stringify(INDEX)};
      await generateReport({ print: false });
      process.exit();`;
    const apps = Array.from({ length: 6 }, () => startText(text));
    for (const app of apps) {
      expect(await app.ended).toEqual({ code: 0, signal: null });
      expect(app.stderr()).not.toMatch(/ended before/);
    }
  });

  it('while a collector takes its last report: that one is not counted as lost', async () => {
    const stop = join(makeStateDirectory(), 'stop');
    const server = createServer().listen(0);
    await once(server, 'listening');
    const asked = once(server, 'request');
    const { port } = server.address() as AddressInfo;
    const app = startText(
      `import { existsSync, writeSync } from 'node:fs';
       process.stdin.once('data', () => {
         // The last thing that is read of the program, between two looks at the number of reports.
         process.env = new Proxy(process.env, { get(of, name) {
           if (name === 'XDG_STATE_HOME') { writeSync(1, 'ending\\n'); while (!existsSync('${stop}')); }
           return of[name];
         } });
         process.exit(6);
       });
       console.log('up');`,
      { env: { ...SEND, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } },
    );
    await app.untilStdout(/up/);
    app.kill();
    const [, answer] = (await asked) as [unknown, ServerResponse];
    app.child.stdin?.write('x');
    await app.untilStdout(/ending/);
    answer.end('{}');
    await app.untilStderr(/ took \d+ log records/);
    writeFileSync(stop, '');
    expect(await app.ended).toEqual({ code: 6, signal: null });
    expect(app.stderr()).not.toMatch(/ended before/);
    server.close();
  });

  it('by a stderr that is closed: the report is lost, the process is not', async () => {
    const app = startText(
      `setInterval(() => {}, 1000); process.on('SIGHUP', () => process.exit(8)); console.log('up');`,
    );
    await app.untilStdout(/up/);
    app.child.stderr?.destroy();
    app.kill();
    const again = setInterval(() => app.kill('SIGHUP'), 500);
    expect((await app.ended).code).toBe(8);
    clearInterval(again);
  });

  it('by execSync that ends while a report waits for main', async () => {
    const stop = join(makeStateDirectory(), 'stop');
    const app = startText(`
      import { execSync } from 'node:child_process';
      // The last signal comes before main is free: one that came later could find Node's listeners gone, and end the process.
      execSync('while [ ! -e ${stop} ]; do kill -USR1 $PPID; sleep 0.15; done; kill -USR1 $PPID');
      process.exitCode = 2;`);
    await app.untilStderr(WHOLE);
    writeFileSync(stop, '');
    expect((await app.ended).code).toBe(2);
    expect(app.stderr()).toMatch(WHOLE);
    expect(app.stderr()).not.toMatch(/Waiting for the debugger/);
  });
});
