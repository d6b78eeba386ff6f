import { afterEach, describe, expect, it } from 'vitest';
import { killAll, REGISTER, startNode, WHOLE, writeProgram } from '../process/start.js';
import { attachDebugger } from './debugger.js';

afterEach(killAll);

const SHOP = `function chargeCard(cents) {
  debugger;
  return cents;
}
setInterval(() => chargeCard(5), 100);
process.on('SIGHUP', () => process.exit(7));
console.log('up');
`;

describe('--inspect', () => {
  it('with a debugger that has paused main: the report shows where, and the debugger has its pause as before', async () => {
    const app = startNode(['--inspect=127.0.0.1:0', '--import', REGISTER, writeProgram(SHOP)], {
      env: { GMR_MAX_REPORTS_PER_MINUTE: '1000' },
    });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    const said = await app.untilStderr(WHOLE);
    expect(said).not.toMatch(/paused by a debugger/);
    const remote = await attachDebugger(/ws:\S+/.exec(said)?.[0] ?? '');
    await remote.send('Debugger.enable');
    const paused = (await remote.event('Debugger.paused')) as { callFrames: { callFrameId: string }[] };
    app.kill('SIGUSR2');
    const report = await app.untilStderr(/^resource usage/m, 2);
    expect(report).toMatch(/:2:3 in chargeCard$/m);
    expect(report).toMatch(
      /^state = paused by a debugger( for .*)?\n[\s\S]*?^note = a debugger has paused it \(the inspector listens at 127\.0\.0\.1:\d+\)$/m,
    );
    const [top] = paused.callFrames;
    const answer = await remote.send('Debugger.evaluateOnCallFrame', {
      callFrameId: top?.callFrameId,
      expression: 'cents',
    });
    expect(answer).toMatchObject({ result: { value: 5 } });
    expect(remote.seen).not.toContain('Debugger.resumed');
    await remote.send('Debugger.disable');
    remote.close();
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(7);
  });

  it('that waits for a debugger before the program starts is left to wait', async () => {
    const app = startNode(['--inspect-brk=127.0.0.1:0', '--import', REGISTER, writeProgram(SHOP)]);
    const said = await app.untilStderr(/ws:\S+/);
    const remote = await attachDebugger(/ws:\S+/.exec(said)?.[0] ?? '');
    await remote.send('Debugger.enable');
    await remote.send('Runtime.runIfWaitingForDebugger');
    await remote.event('Debugger.paused');
    await remote.send('Debugger.setSkipAllPauses', { skip: true });
    await remote.send('Debugger.resume');
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    await remote.send('Debugger.disable');
    remote.close();
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(7);
  });
});
