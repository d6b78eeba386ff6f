import { afterEach, describe, expect, it } from 'vitest';
import { killAll, MANY_REPORTS, reportUntil, startNode, WHEN_READY } from './start.js';

afterEach(killAll);

/** Of Node and V8: each changes the code that runs, the heap, or the intrinsics. All lines know them. */
const FLAGS = [
  '--jitless',
  '--always-sparkplug',
  '--no-lazy',
  '--stack-trace-limit=0',
  '--max-semi-space-size=1',
  '--max-semi-space-size=128',
  '--gc-interval=500',
  '--compact-on-every-full-gc',
  '--single-threaded',
  '--v8-pool-size=0',
  '--frozen-intrinsics',
  '--disable-proto=throw',
  '--interpreted-frames-native-stack',
  // The smallest: it has no room for the random bytes that Node would keep.
  '--secure-heap=2048',
];

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the report of a process with', () => {
  it.for(FLAGS)('%s has the suspended functions, and the loop', async (flag) => {
    const program = `${WHEN_READY}
      const kept = [];
      async function waitForLeaf() { await new Promise((resolve) => kept.push(resolve)); }
      async function waitForOuter() { await waitForLeaf(); }
      for (let n = 0; n < 5; n += 1) void waitForOuter();
      process.stdin.once('data', function spinForever() { console.log('spins'); for (;;); });
      console.log('up');`;
    const app = startNode([flag, '--input-type=module', '-e', program], { env: MANY_REPORTS });
    await app.untilStdout(/up/);
    const chain = /^ +5 {2}waitForOuter .* -> {2}waitForLeaf /m;
    const idle = await reportUntil(
      app,
      /^gmr [0-9a-f]{32}: main /m,
      (report) => chain.test(report) && /^main = idle$/m.test(report),
    );
    expect(idle).toMatch(/^main = idle$/m);
    expect(idle).toMatch(chain);
    app.child.stdin?.write('x');
    await app.untilStdout(/spins/);
    app.kill();
    const both = await app.untilStderr(/in .*spinForever[\s\S]*^gmr [0-9a-f]{32}: main running/m);
    expect(both).toMatch(/in .*spinForever/);
  });
});
