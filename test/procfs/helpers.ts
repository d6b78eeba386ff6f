/** Shared by the tests of /proc readers: trees of captured files, and waiting for a state in the kernel. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** A directory that is gone after the test, and that any user may enter. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'procfs-'));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A directory with these files in it. */
export function makeTree(files: { readonly [path: string]: string }): string {
  const directory = makeDirectory();
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return directory;
}

/** Runs something as a user who may read little. Root becomes such a user first. */
export function asNobody<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}

/** The first value that is not undefined. For states of which the kernel sends no event. */
export async function eventually<T>(probe: () => T | undefined | false, timeoutMs = 90_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`expected a value within ${timeoutMs} ms, got none`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A thread of this process that says its kernel id, and then runs `code`, which may block. */
export async function startThread(
  code: string,
  workerData: unknown = undefined,
): Promise<{ tid: number; worker: Worker }> {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     parentPort.postMessage(Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1)));
     ${code}`,
    { eval: true, workerData },
  );
  const tid = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  onTestFinished(async () => {
    await worker.terminate();
  });
  return { tid, worker };
}

/** A line of /proc/<pid>/stat. */
export function statLine(pid: number, name: string, state: string, parentPid: number, cpu = 0): string {
  const toStart = '1 1 0 -1 4194304 99 0 7 0 15 5 0 0 20 0 1 0 1485950 3133440 359';
  return `${pid} (${name}) ${state} ${parentPid} ${toStart} 9 9 9 9 9 9 0 0 0 0 0 0 0 17 ${cpu} 0 0\n`;
}
