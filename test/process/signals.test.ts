import { afterEach, describe, expect, it } from 'vitest';
import { inTurn, startPatient } from './agent.js';
import { INDEX, killAll, REGISTER, startApp, startText, WHEN_READY, WHOLE } from './start.js';

afterEach(killAll);

const STAY = 'setInterval(() => {}, 60_000);';

describe('signals', () => {
  it('sent the moment the process is armed is survived and answered', async () => {
    const app = startText(`process.kill(process.pid, 'SIGUSR2'); ${STAY}`);
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/^trigger = signal SIGUSR2$/m);
  });

  it('that comes between the agent’s first ear and its first turn is answered once', async () => {
    const app = await startPatient(
      {},
      '',
      `const { Signal } = require('internal/test/binding').internalBinding('signal_wrap');
       const { start } = Signal.prototype;
       Signal.prototype.start = function (signum) {
         const failed = start.call(this, signum);
         if (signum === require('os').constants.signals.SIGUSR1) process.kill(process.pid, 'SIGUSR1');
         return failed;
       };`,
    );
    await app.untilStderr(WHOLE);
    app.kill('SIGUSR2');
    const said = await app.untilStderr(/^trigger = signal SIGUSR2$/m);
    expect(said.match(/^trigger = signal SIGUSR1$/gm)).toHaveLength(1);
  });

  it('both make reports, one after the other', async () => {
    const app = startApp('idle');
    await app.untilStdout(/up/);
    app.kill('SIGUSR1');
    await app.untilStderr(WHOLE);
    app.kill('SIGUSR2');
    const reports = await app.untilStderr(/^====\s+Runtime/m, 2);
    expect([...reports.matchAll(/^trigger = (.*)$/gm)].map(([, trigger]) => trigger)).toEqual([
      'signal SIGUSR1',
      'signal SIGUSR2',
    ]);
  });

  it('a flood while main spins is survived: reports are whole, follow one another, and are fewer than the signals', async () => {
    const app = startApp('states', { args: ['loop'] });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(WHOLE);
    for (let n = 0; n < 2000; n += 1) app.kill(n % 2 === 0 ? 'SIGUSR1' : 'SIGUSR2');
    const all = await app.untilStderr(/also answers what was heard/);
    const whole = await app.untilStderr(/^====\s+Runtime/m, [...all.matchAll(/Guru Meditation {2}/g)].length);
    expect(app.child.exitCode).toBeNull();
    const banners = [...whole.matchAll(/^====\s+(.*?)\s+====$/gm)].map(([, title]) => title);
    const order = [
      'Guru Meditation',
      'Package',
      'Threads',
      'Green Threads',
      'In Flight',
      'Processes',
      'Configuration',
      'Runtime',
    ];
    for (const [n, title] of banners.entries()) expect(title).toBe(order[n % order.length]);
    expect(banners.length / order.length).toBeLessThan(100);
  });

  it('GMR_SIGNALS chooses them, and the others keep their default action', async () => {
    const app = startApp('idle', { env: { GMR_SIGNALS: 'SIGHUP' } });
    await app.untilStdout(/up/);
    app.kill('SIGHUP');
    await app.untilStderr(WHOLE);
    app.kill('SIGUSR2');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGUSR2' });
  });

  it('GMR_ENABLED=false arms nothing', async () => {
    const app = startApp('idle', { env: { GMR_ENABLED: 'false' } });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGUSR2' });
    expect(app.stderr()).toBe('');
  });

  it("the program's own listener of the same signal runs too", async () => {
    const app = startText(`process.on('SIGUSR2', () => console.log('own')); ${STAY} console.log('up');`);
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStdout(/own/);
    await app.untilStderr(WHOLE);
  });

  it('removing all listeners in the program does not take the report away', async () => {
    const app = startText(`${WHEN_READY} ${STAY} process.removeAllListeners('SIGHUP'); console.log('up');`, {
      env: { GMR_SIGNALS: 'SIGHUP' },
    });
    await app.untilStdout(/up/);
    app.kill('SIGHUP');
    await app.untilStderr(WHOLE);
  });

  it('when the agent thread dies it is started again, and says so; the signals in between are survived and answered', async () => {
    const app = await startPatient();
    app.kill();
    await app.untilStderr(WHOLE);
    app.child.stdin?.write(inTurn("throw new Error('gone')"));
    await app.untilStderr(/^gmr: the agent thread ended \(.*\); it is started again$/m);
    app.kill('SIGUSR2');
    await app.untilStderr(/^trigger = signal SIGUSR2$/m);
    await app.untilStderr(/^====\s+Runtime/m, 2);
    expect(app.child.exitCode).toBeNull();
  });

  it('arms through NODE_OPTIONS in a program that starts workers, once', async () => {
    const app = startText(
      `import { Worker } from 'node:worker_threads';
       new Worker('setInterval(() => {}, 1000)', { eval: true, name: 'pool' }).on('online', () => console.log('up'));`,
      { armed: false, env: { NODE_OPTIONS: `--import ${REGISTER}` } },
    );
    await app.untilStdout(/up/);
    app.kill();
    const report = await app.untilStderr(WHOLE);
    expect([...report.matchAll(/^name = (.*)$/gm)].map(([, name]) => name)).toEqual(['main', 'pool']);
  });

  it('under the permission model the report comes by message, and says so', async () => {
    const flag = Number(process.versions.node.split('.')[0]) >= 24 ? '--permission' : '--experimental-permission';
    const app = startText(`${STAY} console.log('up');`, { flags: [flag, '--allow-fs-read=*', '--allow-worker'] });
    await app.untilStdout(/up/);
    const said = await app.untilStderr(/^gmr: SIGUSR1 makes no report: Node blocks it here/m);
    expect(said).not.toMatch(/SIGUSR2 makes/);
    app.kill('SIGUSR2');
    const report = await app.untilStderr(WHOLE);
    expect(app.child.exitCode).toBeNull();
    expect(report).toMatch(/^note = Node's permission model denies the inspector/m);
  });

  it('setupAutorun twice is one agent, and close gives the signal back', async () => {
    const app = startText(
      `import { setupAutorun } from ${JSON.stringify(INDEX)};
       const one = setupAutorun({ package: { product: 'a' } });
       const two = setupAutorun({ package: { version: '2' } });
       await two.ready;
       process.stdin.once('data', async () => { await one.close(); console.log('closed'); });
       console.log('up');`,
      { armed: false },
    );
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/^product = a\nversion = 2$/m);
    app.child.stdin?.write('x');
    await app.untilStdout(/closed/);
    app.kill('SIGUSR2');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGUSR2' });
  });
});
