import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, readBlocks } from './descriptor.js';

const STDERR = 2;
/** Milliseconds without any progress after which a reader is taken for gone. */
const PATIENCE_MS = 2000;
const RETRY_MS = 5;

/** What it was when the process was armed; the agent is told by main. */
let expected = identify(STDERR);

/**
 * Which file descriptor 2 was at the start. A program may close it, and the next thing that it opens gets the number: a
 * report is not to end up in a customer's data.
 */
export function expectedStderr(): string | undefined {
  return expected;
}

/** The descriptor is stderr only as long as it is that. */
export function expectStderr(identity: string | undefined): void {
  expected = identity;
}

/** A sentence where the descriptor is stderr no more: nothing of ours is printed then. */
export function tellReplacedStderr(): readonly string[] {
  return identify(STDERR) === expected
    ? []
    : ['file descriptor 2 is not what it was when the process was armed: nothing is printed there'];
}

/** One line of ours, at once, from any thread, and without ever waiting; a closed or stuck stderr loses it and nothing else. */
export function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  const output = openStderr();
  let written = 0;
  try {
    written = output?.write(bytes) ?? bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
  } finally {
    output?.close();
  }
  // The rest as soon as there is room, where the process goes on.
  if (written < bytes.length) void writeStderr(bytes.subarray(written)).catch(() => {});
}

/**
 * `text` on stderr, whole: in one write where stderr takes it, else as fast as its reader reads.
 * Resolves with false where stderr is closed, broken, another file by now, or nobody reads it.
 *
 * Not through `process.stderr`: a worker's goes through the main thread, and blocks with it.
 */
export async function writeStderr(text: string | Buffer): Promise<boolean> {
  const output = openStderr();
  if (!output) return false;
  try {
    return await writeWhole(output, typeof text === 'string' ? Buffer.from(text) : text);
  } finally {
    output.close();
  }
}

interface Output {
  /** How many bytes were taken. @throws the system's error, EAGAIN instead of waiting. */
  write(bytes: Buffer): number;
  close(): void;
}

async function writeWhole(output: Output, bytes: Buffer): Promise<boolean> {
  let written = 0;
  let progressMs = performance.now();
  while (written < bytes.length) {
    try {
      written += output.write(bytes.subarray(written));
      progressMs = performance.now();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINTR') continue;
      if (code !== 'EAGAIN' || performance.now() - progressMs > PATIENCE_MS) return false;
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }
  return true;
}

/**
 * A pipe or terminal through a descriptor of our own that does not block, a socket without blocking for the moment: a
 * thread that hangs in a write could not be ended, and with it the process could not.
 */
function openStderr(): Output | undefined {
  if (expected === undefined || identify(STDERR) !== expected) return undefined;
  const own = openOwnDescriptor();
  if (own !== undefined) return { write: (bytes) => writeSync(own, bytes), close: () => closeSync(own) };
  const writeIfSame = (bytes: Buffer) => {
    // It is looked at before each write, since there may be a long time between two.
    if (identify(STDERR) !== expected) throw Object.assign(new Error('stderr was replaced'), { code: 'EBADF' });
    return writeSync(STDERR, bytes);
  };
  const mayBlock = expected.startsWith('socket') || expected.startsWith('pipe');
  return { write: mayBlock ? (bytes) => withoutBlocking(() => writeIfSame(bytes)) : writeIfSame, close() {} };
}

function openOwnDescriptor(): number | undefined {
  if (expected?.startsWith('socket') || expected?.startsWith('file')) return undefined;
  let own: number | undefined;
  try {
    own = openSync(`/proc/self/fd/${STDERR}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (identify(own) === expected) return own;
  } catch {
    // No /proc, or it belongs to who the process was before it gave up its privileges.
  }
  if (own !== undefined) closeSync(own);
  return undefined;
}

interface Handle {
  setBlocking(blocking: boolean): void;
}
let handle: Handle | undefined;

/**
 * Others have the same open socket: the program's own writes of a moment later must wait, as they did before. Where it
 * does not block, Node has made it so for `process.stderr`, and it stays so.
 */
function withoutBlocking(write: () => number): number {
  const blocks = readBlocks(STDERR);
  if (blocks === false) return write();
  try {
    // The handle of a descriptor up to 2 never closes it.
    const { Socket } = process.getBuiltinModule('node:net');
    handle ??= (new Socket({ fd: STDERR, readable: false, writable: true }) as unknown as { _handle: Handle })._handle;
    handle.setBlocking(false);
  } catch {
    return write();
  }
  try {
    return write();
  } finally {
    if (blocks) handle.setBlocking(true);
  }
}
