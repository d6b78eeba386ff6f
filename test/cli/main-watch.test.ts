import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { MainWatch } from '../../src/cli/main-watch.js';
import { watchStuck } from '../../src/cli/stuck-watch.js';
import { readText } from '../../src/procfs/read.js';
import { readStat } from '../../src/procfs/stat.js';
import { killAll, startText } from '../process/start.js';
import { eventually, makeDirectory } from '../procfs/helpers.js';

afterEach(killAll);

it('a main thread in execSync is not idle: it waits at a loop that is not the program’s', async ({ skip }) => {
  const app = startText(
    `import { execSync } from 'node:child_process';
     process.stdin.once('data', () => { process.stdin.pause(); execSync('read line', { stdio: ['inherit', 'pipe', 'pipe'] }); console.log('done'); });
     console.log('up');`,
    { armed: false },
  );
  await app.untilStdout(/up/);
  // Only a tracer may see it.
  if (readText(`/proc/${app.pid}/syscall`) === undefined) return skip();
  const watch = new MainWatch(app.pid);
  await eventually(() => watch.look()?.state === 'waits for events');
  app.child.stdin?.write('go\n');
  const stuck = await eventually(() => {
    const main = watch.look();
    return main?.state === 'waits as in execSync' && main.forMs !== undefined && main;
  });
  expect(stuck.forMs).toBeGreaterThan(0);
  app.child.stdin?.write('line\n');
  await app.untilStdout(/done/);
});

it('a main thread in a loop that makes objects is stuck, though V8’s collector makes it wait', async () => {
  const app = startText(
    `setTimeout(() => { let kept = []; console.log('up'); for (;;) { kept.push({ one: 1, more: [2] }); if (kept.length > 200_000) kept = []; } });`,
    { armed: false },
  );
  await app.untilStdout(/up/);
  const waits = () =>
    Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readText(`/proc/${app.pid}/status`) ?? '')?.[1] ?? 0);
  const before = waits();
  const watch = new MainWatch(app.pid);
  await eventually(() => (watch.look()?.forMs ?? 0) > 500 && waits() - before > 1);
});

it('a main thread whose event loop turns is not stuck, however busy it is', async () => {
  // Each turn has 20 ms of work and waits for 5 ms.
  const app = startText(
    `const turn = () => { for (const start = performance.now(); performance.now() - start < 20; ) JSON.parse('[{}]'); setTimeout(turn, 5); };
     turn();
     console.log('up');`,
    { armed: false },
  );
  await app.untilStdout(/up/);
  const watch = new MainWatch(app.pid);
  let turned = 0;
  await eventually(() => {
    const main = watch.look();
    if (main?.state === 'turning' && main.forMs === undefined) turned += 1;
    return turned > 100;
  });
});

it('a main thread that naps in a loop is not at its event loop, though it is woken between two readings', async () => {
  const app = startText(
    `const cell = new Int32Array(new SharedArrayBuffer(4));
     setTimeout(() => { console.log('up'); for (;;) Atomics.wait(cell, 0, 0, 1); });`,
    { armed: false },
  );
  await app.untilStdout(/up/);
  const watch = new MainWatch(app.pid);
  // It is on its way to the first nap.
  await eventually(() => /^waits in futex/.test(watch.look()?.state ?? ''));
  const { returns } = watch.look() ?? {};
  for (let look = 0; look < 5000; look += 1) expect(watch.look()?.returns).toBe(returns);
});

it('a main thread that is stuck is told once, though its report makes it wait', async () => {
  const directory = makeDirectory();
  const [asked, answered] = ['asked', 'answered'].map((name) => join(directory, name)) as [string, string];
  const app = startText(
    `import { existsSync, rmSync, writeFileSync } from 'node:fs';
     const cell = new Int32Array(new SharedArrayBuffer(4));
     const answer = () => {
       rmSync(${JSON.stringify(asked)});
       for (let nap = 0; nap < 40; nap += 1) Atomics.wait(cell, 0, 0, 5);
       writeFileSync(${JSON.stringify(answered)}, '');
     };
     setTimeout(() => { console.log('up'); for (;;) if (existsSync(${JSON.stringify(asked)})) answer(); });`,
    { armed: false },
  );
  await app.untilStdout(/up/);
  const usedMs = () => readStat(`/proc/${app.pid}`)?.userCpuMs ?? 0;
  let told = 0;
  const watching = watchStuck([app.pid], 200, async () => {
    told += 1;
    rmSync(answered, { force: true });
    writeFileSync(asked, '');
    await eventually(() => existsSync(answered));
  });
  await eventually(() => existsSync(answered));
  const enoughMs = usedMs() + 700;
  await eventually(() => usedMs() > enoughMs);
  app.kill('SIGKILL');
  await watching;
  expect(told).toBe(1);
});

it('a zombie has gone', async () => {
  const parent = startText(
    `import { spawn } from 'node:child_process';
     const child = spawn('/bin/sh', ['-c', 'exit']);
     child.on('spawn', () => { console.log(child.pid); for (;;); });`,
    { armed: false },
  );
  const zombie = Number(await parent.untilStdout(/^\d+\n/));
  await eventually(() => readStat(`/proc/${zombie}`)?.state === 'zombie');
  expect(new MainWatch(zombie).look()).toBeUndefined();
});
