import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProcessNode } from '../../src/report.js';
import { collectProcesses } from '../../src/sections/processes.js';
import { asNobody, eventually, makeDirectory, makeTree, statLine } from '../procfs/helpers.js';

/** A child process, which ends with the test. */
function run(command: string, ...args: string[]): ChildProcess & { pid: number } {
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`expected ${command} to start, it did not`);
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode !== null || child.signalCode !== null) return;
    // Its own group: the processes that it started end with it.
    process.kill(-pid, 'SIGKILL');
    await ended;
  });
  return Object.assign(child, { pid });
}

function findProcess(nodes: readonly ProcessNode[], matches: (node: ProcessNode) => boolean): ProcessNode | undefined {
  for (const node of nodes) {
    const found = matches(node) ? node : findProcess(node.children, matches);
    if (found) return found;
  }
  return undefined;
}

/** Resolves with the first process of the tree that is as wanted, once there is one. */
function awaitProcess(matches: (node: ProcessNode) => boolean): Promise<ProcessNode> {
  return eventually(() => findProcess(collectProcesses().processes, matches));
}

function depth(node: ProcessNode): number {
  return 1 + Math.max(0, ...node.children.map(depth));
}

describe.runIf(process.platform === 'linux')('the Processes section', () => {
  it('begins with this process', () => {
    const { processes, note } = collectProcesses();
    expect(note).toBeUndefined();
    expect(processes).toHaveLength(1);
    expect(processes[0]).toMatchObject({
      pid: process.pid,
      parentPid: process.ppid,
      state: 'running',
      uids: { real: process.getuid?.(), effective: process.geteuid?.() },
      gids: { real: process.getgid?.(), effective: process.getegid?.() },
    });
    expect(processes[0]?.user).not.toBe('');
    expect(processes[0]?.command).not.toBe('');
  });

  it('shows a child that sleeps', async () => {
    const child = run('sleep', '600');
    const node = await awaitProcess(({ pid, command }) => pid === child.pid && command === 'sleep 600');
    expect(node).toMatchObject({ parentPid: process.pid, children: [] });
    await awaitProcess(({ pid, state }) => pid === child.pid && state === 'sleeping');
  });

  it('shows a child that was stopped', async () => {
    const child = run('sleep', '600');
    child.kill('SIGSTOP');
    await awaitProcess(({ pid, state }) => pid === child.pid && state === 'stopped');
  });

  it('shows a zombie as one, with its name', async () => {
    // The shell becomes a program that never waits for the child it inherits.
    const parent = run('sh', '-c', 'sleep 0 & exec sleep 600');
    const zombie = await awaitProcess(({ parentPid, state }) => parentPid === parent.pid && state === 'zombie');
    expect(zombie).toMatchObject({ command: '[sleep]', uids: { real: process.getuid?.() }, children: [] });
  });

  it('keeps the true depth of the tree', async () => {
    const top = run('sh', '-c', `sh -c 'sh -c "sleep 601; true"; true'; true`);
    await awaitProcess(({ command }) => command === 'sleep 601');
    const node = await awaitProcess(({ pid }) => pid === top.pid);
    expect(depth(node)).toBe(4);
    expect(node.children[0]?.parentPid).toBe(top.pid);
    expect(node.children[0]?.children[0]?.children[0]?.command).toBe('sleep 601');
  });

  it('says how many it does not list, nearest first', async () => {
    const top = run('sh', '-c', 'sleep 602 & sleep 602 & sh -c "sleep 602; true"; true');
    await eventually(() => collectProcesses({ pid: top.pid }).processes.map(depth)[0] === 3);
    const { processes, note } = collectProcesses({ pid: top.pid, maxProcesses: 3 });
    expect(processes.map(({ children }) => children.length)).toEqual([2]);
    expect(note).toBe('2 more descendants are not listed; 3 is the limit');
    const most = collectProcesses({ pid: top.pid, maxProcesses: 4 });
    expect(most.note).toBe('1 more descendant is not listed; 4 is the limit');
  });
});

/** A tree of processes as /proc shows it; `lists` whether the kernel keeps lists of children. */
function makeProcesses(parents: { readonly [pid: string]: number }, lists: boolean): string {
  const files: { [path: string]: string } = {};
  for (const [pid, parent] of Object.entries(parents)) {
    files[`${pid}/stat`] = statLine(Number(pid), `p${pid}`, 'S', parent);
    files[`${pid}/status`] = 'Uid:\t4000000\t0\t0\t0\n';
    const children = Object.keys(parents).filter((child) => parents[child] === Number(pid));
    files[`${pid}/task/${pid}/${lists ? 'children' : 'comm'}`] = children.join(' ');
  }
  return makeTree(files);
}

describe('captured processes', () => {
  // Pids above any that Linux gives out, so that none of them lives.
  const [top, child, grandchild, gone] = [5_000_001, 5_000_002, 5_000_003, 5_000_004] as const;
  const parents = { [top]: 1, [child]: top, [grandchild]: child, 1: 0, 5000009: 1 };

  it.each([true, false])('make the same tree with and without the kernel’s lists of children', (lists) => {
    const procRoot = makeProcesses(parents, lists);
    const uids = { real: 4_000_000, effective: 0, saved: 0 };
    const rest = { user: '4000000', uids, state: 'sleeping' };
    expect(collectProcesses({ pid: top, procRoot })).toEqual({
      processes: [
        {
          ...{ pid: top, parentPid: 1, command: `[p${top}]`, ...rest },
          children: [
            {
              ...{ pid: child, parentPid: top, command: `[p${child}]`, ...rest },
              children: [{ pid: grandchild, parentPid: child, command: `[p${grandchild}]`, ...rest, children: [] }],
            },
          ],
        },
      ],
    });
  });

  it('keep the place of one that vanished and of one that is denied', () => {
    const procRoot = makeProcesses(parents, true);
    chmodSync(join(procRoot, String(grandchild), 'stat'), 0);
    const lost = makeTree({
      [`${top}/stat`]: statLine(top, 'top', 'S', 1),
      [`${top}/task/${top}/children`]: `${gone} ${process.pid}`,
    });
    expect(asNobody(() => collectProcesses({ pid: child, procRoot })).processes[0]?.children).toEqual([
      { pid: grandchild, parentPid: child, state: 'denied', command: '', children: [] },
    ]);
    // The second lives and is hidden, as `hidepid=2` hides the processes of others.
    expect(collectProcesses({ pid: top, procRoot: lost }).processes[0]?.children).toEqual([
      { pid: process.pid, parentPid: top, state: 'denied', command: '', children: [] },
      { pid: gone, parentPid: top, state: 'gone', command: '', children: [] },
    ]);
  });

  it('end although each is the other’s child', () => {
    const procRoot = makeProcesses({ [top]: child, [child]: top }, true);
    expect(collectProcesses({ pid: top, procRoot }).processes.map(depth)).toEqual([2]);
  });

  it('are this process alone without /proc', () => {
    const { processes, note } = collectProcesses({ procRoot: makeDirectory(), argv: ['node', 'my app.js'] });
    expect(processes).toMatchObject([
      { pid: process.pid, state: 'running', command: "node 'my app.js'", children: [] },
    ]);
    expect(note).toMatch(/\/proc is absent/);
  });
});
