import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownThreadId, parseWchan, readOsThreads, startThreadSample } from '../../src/procfs/thread.js';
import { collectProcesses } from '../../src/sections/processes.js';
import { eventually, makeDirectory, makeTree, startThread, statLine } from './helpers.js';

describe.runIf(process.platform === 'linux')('a thread of this process', () => {
  it('knows its own kernel id', async () => {
    const own = ownThreadId();
    expect(readdirSync('/proc/self/task').map(Number)).toContain(own);
    const { tid } = await startThread('setInterval(() => {}, 1000);');
    expect(tid).not.toBe(own);
    expect(readOsThreads().map(({ id }) => id)).toEqual(expect.arrayContaining([own, tid]));
  });

  it('that spins is running and uses CPU time', async () => {
    const { tid } = await startThread('for (;;);');
    const stop = startThreadSample(tid);
    const view = await eventually(() => {
      const sample = stop();
      // Before it spins, it may sleep once more, to hand over its message.
      return sample && sample.cpuMs > 0 && sample.state === 'running' && sample.syscall === undefined && sample;
    });
    expect(view.syscall).toBeUndefined();
    expect(view.sampleMs).toBeGreaterThan(0);
    expect(readOsThreads().find(({ id }) => id === tid)?.cpuMs).toBeGreaterThan(0);
  });

  it('that sleeps says for how long, but not while it is between two CPUs and the kernel has no time for it', () => {
    const sched = (ms: number) => `node (7, #threads: 2)\nse.exec_start : ${ms}.000000\n`;
    const slept = (ms: number) => {
      const root = makeTree({
        'self/task/7/stat': statLine(7, 'node', 'S', 1),
        'self/task/7/sched': sched(ms),
        'thread-self/stat': statLine(8, 'node', 'R', 1),
        'thread-self/sched': sched(9000),
      });
      return startThreadSample(7, root)()?.sleptMs;
    };
    expect(slept(7000)).toBe(2000);
    expect(slept(0)).toBeUndefined();
  });

  it('that waits for a child in execFileSync sleeps in epoll', async () => {
    const { tid } = await startThread(
      `try { require('node:child_process').execFileSync('sleep', ['600']); } catch {}
       parentPort.postMessage('done');`,
    );
    const child = await eventually(() =>
      collectProcesses().processes[0]?.children.find(({ command }) => command === 'sleep 600'),
    );
    const view = await eventually(() => {
      const sample = startThreadSample(tid)();
      return sample?.state === 'sleeping' && sample.syscall?.startsWith('epoll') && sample;
    });
    expect(view.syscall).toMatch(/^epoll_(p?wait|pwait2)$/);
    if (view.wchan !== undefined) expect(view.wchan).toMatch(/epoll|ep_poll/);
    process.kill(child.pid);
  });

  it('that opens a FIFO nobody writes to sleeps in open', async () => {
    const fifo = join(makeDirectory(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const { tid, worker } = await startThread(
      "require('node:fs').readFileSync(workerData); parentPort.postMessage('done');",
      fifo,
    );
    const view = await eventually(() => {
      const sample = startThreadSample(tid)();
      return sample?.state === 'sleeping' && /^open/.test(sample.syscall ?? '') && sample;
    });
    expect(view.syscall).toMatch(/^open(at)?$/);
    const done = new Promise((resolve) => worker.once('message', resolve));
    closeSync(openSync(fifo, 'w'));
    expect(await done).toBe('done');
  });

  it('that ended has no sample', async () => {
    const { tid, worker } = await startThread('setInterval(() => {}, 1000);');
    const stop = startThreadSample(tid);
    expect(stop()).toBeDefined();
    await worker.terminate();
    // The kernel may need a moment longer than Node to let go of it.
    await eventually(() => startThreadSample(tid)() === undefined);
    expect(stop()).toBeUndefined();
  });

  it('is listed among all, as far as the limit goes', () => {
    const count = readdirSync('/proc/self/task').length;
    expect(count).toBeGreaterThan(2);
    expect(readOsThreads(2)).toHaveLength(2);
    expect(readOsThreads()[0]).toEqual({
      id: process.pid,
      name: expect.any(String),
      state: expect.any(String),
      cpuMs: expect.any(Number),
    });
  });
});

describe('captured threads', () => {
  it('prefer the scheduler’s nanoseconds to the ticks of stat', () => {
    const root = makeTree({
      'self/task/7/stat': statLine(7, 'libuv-worker', 'D', 1),
      'self/task/7/schedstat': '123456789 0 1\n',
      'self/task/8/stat': statLine(8, 'V8Worker', 'S', 1),
    });
    expect(readOsThreads(10, root)).toEqual([
      { id: 7, name: 'libuv-worker', state: 'disk sleep', cpuMs: 123.46 },
      { id: 8, name: 'V8Worker', state: 'sleeping', cpuMs: 200 },
    ]);
  });

  it('have no wchan and no system call if the kernel tells none', () => {
    const root = makeTree({ 'self/task/7/stat': statLine(7, 'node', 'S', 1), 'self/task/7/wchan': '0' });
    expect(startThreadSample(7, root)()).toEqual({ state: 'sleeping', cpuMs: 0, sampleMs: expect.any(Number) });
    expect(parseWchan('do_epoll_wait')).toBe('do_epoll_wait');
  });

  it('are absent without /proc', () => {
    const root = makeDirectory();
    expect(ownThreadId(root)).toBeUndefined();
    expect(readOsThreads(10, root)).toEqual([]);
    expect(startThreadSample(7, root)()).toBeUndefined();
  });
});
