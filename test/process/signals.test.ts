import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, startApp, startText, WHOLE } from './start.js';

afterEach(killAll);

const STAY = 'setInterval(() => {}, 60_000);';

describe('signals', () => {
  it('sent the moment the process is armed is survived and answered', async () => {
    const app = startText(`process.kill(process.pid, 'SIGUSR2'); ${STAY}`);
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/^trigger = signal SIGUSR2$/m);
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
    const whole = await app.untilStderr(/^====\s+In Flight/m, [...all.matchAll(/Guru Meditation {2}/g)].length);
    expect(app.child.exitCode).toBeNull();
    const banners = [...whole.matchAll(/^====\s+(.*?)\s+====$/gm)].map(([, title]) => title);
    const order = [
      'Guru Meditation',
      'Package',
      'Threads',
      'Green Threads',
      'Processes',
      'Configuration',
      'Runtime',
      'In Flight',
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
    const app = startText(
      `${STAY} setTimeout(() => { process.removeAllListeners('SIGHUP'); console.log('up') }, 500);`,
      {
        env: { GMR_SIGNALS: 'SIGHUP' },
      },
    );
    await app.untilStdout(/up/);
    app.kill('SIGHUP');
    await app.untilStderr(WHOLE);
  });

  it('when the agent thread dies it is started again, and says so; the signals in between are survived and answered', async () => {
    const app = startText(
      `import { Session } from 'node:inspector';
       ${STAY}
       process.on('SIGHUP', () => {
         const session = new Session();
         session.connect();
         session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) => {
           const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'setTimeout(() => { throw new Error("gone") }, 500); 0' } });
           session.post('NodeWorker.sendMessageToWorker', { sessionId, message }, () => console.log('sent'));
         });
         session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
         setTimeout(() => session.disconnect(), 100);
       });
       console.log('up');`,
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(WHOLE);
    app.kill('SIGHUP');
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
      { armed: false, env: { NODE_OPTIONS: `--import ${new URL('../../dist/register.js', import.meta.url).href}` } },
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
