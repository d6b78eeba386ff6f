import { afterEach, describe, expect, it } from 'vitest';
import { inTurn, startPatient } from '../process/agent.js';
import {
  INDEX,
  killAll,
  MANY_REPORTS,
  type Program,
  REGISTER,
  reportUntil,
  startNode,
  startText,
  WHEN_READY,
  WHOLE,
  writeProgram,
} from '../process/start.js';

afterEach(killAll);

const STAY = `setInterval(() => {}, 60_000); console.log('up');`;
/** Changes the language, and spins in `chargeCard` once the agent listens. */
const spinAfter = (change: string) => `import { setupAutorun } from ${JSON.stringify(INDEX)};
  const spin = Date.now; const out = process.stdout.write.bind(process.stdout); const autorun = setupAutorun();
  function chargeCard() { out('up\\n'); const end = spin() + 30_000; let n = 0; while (spin() < end) n += 1; return n; }
  ${change}
  await autorun.ready;
  chargeCard();`;

async function untilStuck(app: Program): Promise<string> {
  await app.untilStdout(/up/);
  app.kill('SIGUSR2');
  return app.untilStderr(/^\S+:\d+:\d+ in .*chargeCard[\s\S]*^resource usage/m);
}

describe('a program that takes listeners away', () => {
  it.each([
    ['of one signal', `process.removeAllListeners('SIGUSR2')`],
    ['all of them', 'process.removeAllListeners()'],
  ])('%s is neither killed nor without a report, also once the agent is gone', async (_, removal) => {
    const app = await startPatient(MANY_REPORTS, `${removal};`);
    const removeAgain = async (word: string) => {
      const say = `setImmediate(() => console.log(process.listenerCount('SIGUSR2'), '${word}'))`;
      app.child.stdin?.write(`main ${removal}; ${say}\n`);
      await app.untilStdout(new RegExp(`^1 ${word}$`, 'm'));
    };
    await removeAgain('once');
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    await removeAgain('twice');
    app.child.stdin?.write(inTurn("throw new Error('gone')"));
    await app.untilStderr(/it is started again/);
    app.kill('SIGUSR2');
    await app.untilStderr(/^resource usage/m, 2);
    expect(app.child.exitCode).toBeNull();
  });

  it('by itself keeps what it listens to apart from ours: close gives every signal and event back', async () => {
    const app = startText(
      `import { setupAutorun } from ${JSON.stringify(INDEX)};
       const before = process.eventNames().map((name) => [name, process.listenerCount(name)]).sort();
       const autorun = setupAutorun({ crash: true });
       await autorun.ready; await autorun.close();
       const after = process.eventNames().map((name) => [name, process.listenerCount(name)]).sort();
       console.log(JSON.stringify(before) === JSON.stringify(after), JSON.stringify(after));`,
      { armed: false },
    );
    expect((await app.ended).code).toBe(0);
    expect(app.stdout()).toMatch(/^true /);
  });
});

describe('a program that changes the language under us is reported with its stack, and unharmed:', () => {
  it.each([
    ['no stack traces', 'Error.stackTraceLimit = 0;'],
    ['stacks of its own', `Error.prepareStackTrace = () => { throw new Error('mine'); };`],
    ['frozen errors', 'Object.freeze(Error); Object.freeze(Error.prototype);'],
    [
      'a frozen global object’s parts',
      'for (const name of Object.getOwnPropertyNames(globalThis)) { try { Object.freeze(globalThis[name]); Object.freeze(globalThis[name].prototype); } catch {} } Object.freeze(process);',
    ],
    [
      'a clock of its own',
      'Date.now = () => 5; globalThis.Date = class { static now() { return 7; } }; performance.now = () => 1;',
    ],
    [
      'timers of a browser',
      'globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = () => 1; globalThis.clearTimeout = () => {}; process.nextTick = globalThis.queueMicrotask = () => {};',
    ],
    ['JSON of its own', `JSON.stringify = JSON.parse = () => { throw new Error('mine'); };`],
    [
      'another Promise, fetch, performance',
      'globalThis.Promise = class {}; globalThis.fetch = undefined; globalThis.performance = undefined; globalThis.structuredClone = undefined;',
    ],
    [
      'an environment of its own',
      `process.env = { PATH: '/bin', NUMBER: 5, get BAD() { return 'x'; }, NOTHING: undefined };`,
    ],
    ['no environment', 'process.env = {};'],
    [
      'process.exit, kill, cwd, memoryUsage and emit of its own',
      `for (const name of ['exit', 'kill', 'cwd', 'memoryUsage', 'getActiveResourcesInfo', 'emitWarning']) process[name] = () => undefined;`,
    ],
    ['another title', `process.title = 'shop: worker 3';`],
    ['another directory', `process.chdir('/');`],
  ])('%s', async (_, text) => {
    const app = startText(spinAfter(text), { env: MANY_REPORTS });
    await untilStuck(app);
    expect(app.child.exitCode).toBeNull();
    expect(app.stderr()).not.toMatch(/^gmr: /m);
  });

  it('a clock of its own that was there before us: the report has the time and the age of the process', async () => {
    const app = startText(`${WHEN_READY} ${STAY}`, {
      env: MANY_REPORTS,
      flags: ['--import', 'data:text/javascript,Date.now = () => 0'],
    });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/^uptime = (\d+ min )?[\d.]+ m?s$/m);
    expect(report).not.toMatch(/^time = 1970/m);
  });

  it('--frozen-intrinsics', async () => {
    const app = startText(spinAfter(''), { env: MANY_REPORTS, flags: ['--frozen-intrinsics', '--no-warnings'] });
    await untilStuck(app);
    expect(app.stderr()).not.toMatch(/^gmr: |hook failed/m);
  });

  // The tools of a report are broken themselves: it says so, and has the kernel's view.
  it.each([
    ['Map', `Map.prototype.get = Map.prototype.set = Map.prototype.has = () => { throw new Error('mine'); };`],
    [
      'Array',
      `Array.prototype.push = Array.prototype.map = Array.prototype.slice = () => { throw new Error('mine'); };`,
    ],
    [
      'Object',
      `Object.defineProperty = Object.keys = Object.getOwnPropertyDescriptor = () => { throw new Error('mine'); };`,
    ],
    [
      'String',
      `String.prototype.replace = String.prototype.indexOf = String.prototype.split = () => { throw new Error('mine'); };`,
    ],
    ['toJSON', `Array.prototype.toJSON = () => 'mine'; Object.prototype.toJSON = () => 'mine';`],
  ])('%s that throws: a report comes, and nothing of ours is thrown into the program', async (_, text) => {
    const app = startText(
      `${WHEN_READY} process.on('uncaughtException', (error) => console.log('thrown', error.stack)); setInterval(() => {}, 1000); ${text} process._rawDebug('broken');`,
      { env: MANY_REPORTS },
    );
    await app.untilStderr(/broken/);
    app.kill('SIGUSR2');
    expect(await app.untilStderr(WHOLE)).not.toMatch(/in native code|the main thread the/);
    app.kill('SIGUSR1');
    await app.untilStderr(/^resource usage/m, 2);
    expect(app.child.exitCode).toBeNull();
    expect(app.stdout()).toBe('');
  });

  it.each([
    ['', 'for (;;);'],
    ['and calls on', 'spin();'],
  ])('a recursion that has used the whole stack %s: its innermost calls are shown', async (_, rest) => {
    const app = startText(
      `${WHEN_READY} console.log('up');
      function dig() { try { dig(); } catch { ${rest} } }
      function spin() { let n = 0; while (performance.now() > n) n = 1; }
      setImmediate(dig);`,
      { env: MANY_REPORTS },
    );
    await app.untilStdout(/up/);
    const place = /^at = \S+\.mjs:[23] in (dig|spin)$/m;
    const report = await reportUntil(app, WHOLE, (said) => place.test(said));
    expect(report).toMatch(/^main = running JavaScript/m);
    expect(report).toMatch(place);
  });

  it('a worker that has used the whole stack, or broken what an answer needs: it is not in native code', async () => {
    const app = startText(
      `import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      ${WHEN_READY}
      for (const [name, text] of Object.entries({
        digger: 'function dig() { try { dig(); } catch { for (;;); } } setImmediate(dig);',
        noJson: 'JSON.stringify = () => 5; setInterval(() => {}, 1000);',
        throws: 'JSON.stringify = () => { throw new Error("mine"); }; setInterval(() => {}, 1000);',
        noModules: 'process.getBuiltinModule = undefined; setInterval(() => {}, 1000);',
      })) {
        const report = "const { parentPort } = require('worker_threads'); parentPort.postMessage('up'); parentPort.unref();";
        await once(new Worker(report + text, { eval: true, name }), 'message');
      }
      console.log('up');`,
      { env: MANY_REPORTS },
    );
    await app.untilStdout(/up/);
    const states = [
      /^name = digger\nstate = running JavaScript$/m,
      /^name = noJson\nstate = did not answer\n/m,
      /^name = throws, noModules\nstate = idle$/m,
    ];
    // They are on their way there.
    const report = await reportUntil(app, WHOLE, (said) => states.every((state) => state.test(said)));
    for (const state of states) expect(report).toMatch(state);
  });

  it('a Map that throws when the agent ends: the program goes on, and another agent reports', async () => {
    const app = await startPatient(MANY_REPORTS);
    const change = `Map.prototype[Symbol.iterator] = Map.prototype.entries = () => { throw new Error('mine'); }`;
    app.child.stdin?.write(`main ${change}; console.log('changed')\n`);
    await app.untilStdout(/changed/);
    app.child.stdin?.write(inTurn("throw new Error('gone')"));
    await app.untilStderr(/^gmr: the end of the agent thread failed: Error: mine$/m);
    app.child.stdin?.write('alive\n');
    await app.untilStdout(/^alive$/m);
    // That of the other agent, which listens now.
    await app.untilStderr(/^gmr: a message of the agent thread failed: Error: mine$/m);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
  });

  it('JSON and a clock of its own: a line of ours as JSON does not end it', async () => {
    const app = startText(
      `${WHEN_READY}
       autorun.onReport(() => { throw new Error('from a listener'); });
       process.on('SIGHUP', () => process.exit(0)); setInterval(() => {}, 60_000);
       JSON.stringify = () => { throw new Error('mine'); };
       globalThis.Date = class { static now() { return 7; } };
       console.log('up');`,
      { env: { ...MANY_REPORTS, GMR_FORMAT: 'json' } },
    );
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(
      /^{"level":"warn","time":"20.*"msg":"gmr: a listener to reports failed: Error: from a listener"}$/m,
    );
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(0);
  });

  it('without shared memory from the start: one line, and the program runs', async () => {
    const app = startText(
      `import { generateReport } from ${JSON.stringify(INDEX)};
       await generateReport().catch((error) => console.log(error.message));`,
      { flags: ['--import', 'data:text/javascript,delete globalThis.SharedArrayBuffer'] },
    );
    expect((await app.ended).code).toBe(0);
    const why = 'ReferenceError: SharedArrayBuffer is not defined';
    expect(app.stderr()).toBe(`gmr: no reports can be made in this process: ${why}\n`);
    expect(app.stdout()).toBe(`no report: ${why}\n`);
  });

  it('before it arms itself', async () => {
    const app = startText(
      `import { setupAutorun } from ${JSON.stringify(INDEX)};
       Object.preventExtensions(globalThis);
       Object.freeze(Error);
       const one = setupAutorun();
       console.log(setupAutorun().ready instanceof Promise);
       await one.ready; ${STAY}`,
      { armed: false },
    );
    await app.untilStdout(/true\nup/);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    await app.untilStderr(/trigger = signal SIGUSR2/);
  });
});

describe('a program that gives up its privileges', () => {
  it.skipIf(process.getuid?.() !== 0)('(as root) still reports, and keeps its reports where it may write', async () => {
    const app = startNode(
      [
        '--import',
        REGISTER,
        writeProgram(
          `${WHEN_READY} process.setgid(65534); process.setuid(65534); console.log('up'); setInterval(() => {}, 1000);`,
        ),
      ],
      {
        env: {
          HOME: '/root',
          XDG_STATE_HOME: '',
          TMPDIR: '/tmp',
          OTEL_LOGS_EXPORTER: 'otlp',
          OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        },
      },
    );
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    await app.untilStderr(/kept in \/tmp\/guru-meditation-65534\/spool/);
    expect(app.child.exitCode).toBeNull();
  });
});
