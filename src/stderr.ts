import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { readClockMs } from './clock.js';
import { identify, readBlocks } from './descriptor.js';

const STDERR = 2;
/** Milliseconds without progress after which the reader is assumed to be gone. */
const PATIENCE_MS = 2000;
const RETRY_MS = 5;

/** The identity of stderr when the process was armed. Main sends it to the agent. */
let expected = identify(STDERR);

/**
 * The identity of file descriptor 2 at the start. A program may close it, and the next file that it opens gets the
 * same number. A report must not end up in that file.
 */
export function expectedStderr(): string | undefined {
  return expected;
}

/** From now on, the descriptor is used only while it has this identity. */
export function expectStderr(identity: string | undefined): void {
  expected = identity;
}

/** A sentence if the descriptor is no longer stderr. Nothing is printed in that case. */
export function tellReplacedStderr(): readonly string[] {
  return identify(STDERR) === expected
    ? []
    : ['file descriptor 2 is another file than when the process was armed: nothing is printed there'];
}

/** What stderr is. */
export function kindOfStderr(): 'terminal' | 'file' | 'other' {
  const identity = identify(STDERR);
  if (identity?.startsWith('file')) return 'file';
  // Node's own way loads its network code, and is needed where terminals have no numbers that are known.
  const isTerminal =
    process.platform === 'linux' ? identity === 'terminal' : process.getBuiltinModule('node:tty').isatty(STDERR);
  return isTerminal ? 'terminal' : 'other';
}

/** How much a line matters, as log shippers name it. */
export type Level = 'info' | 'warn';

/** Kept from before the program runs. */
const { stringify } = JSON;
const Clock = Date;

let isJson = false;

/** From now on, each line that this thread says is a JSON object, as the sections of a report are. */
export function sayAsJson(json: boolean): void {
  isJson = json;
}

/** Prints one line at once, from any thread, and never waits. If stderr is closed or stuck, only the line is lost. */
export function say(line: string, level: Level = 'warn'): void {
  const bytes = Buffer.from(`${isJson ? toJson(line, level) : line}\n`);
  const output = openStderr();
  let written = 0;
  try {
    written = output?.write(bytes) ?? bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
  } finally {
    output?.close();
  }
  // The rest follows as soon as there is room, if the process is still running.
  if (written < bytes.length) void writeStderr(bytes.subarray(written)).catch(() => {});
}

function toJson(msg: string, level: Level): string {
  const [, id] = /^gmr ([0-9a-f]{32}): /.exec(msg) ?? [];
  const about = id === undefined ? {} : { 'gmr.report.id': id };
  return stringify({ level, time: new Clock().toISOString(), msg, ...about });
}

/** Writes the whole `text` to stderr: in one write if stderr takes it, else as fast as its reader reads. Resolves with false if stderr is closed, broken or another file by now, or if it has no reader.
 * It does not use `process.stderr`: that of a worker goes through the main thread, and blocks with it.
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
  // Not imported: hardly any process has such a reader.
  const { setTimeout: sleep } = process.getBuiltinModule('node:timers/promises');
  let written = 0;
  let progressMs = readClockMs();
  while (written < bytes.length) {
    try {
      written += output.write(bytes.subarray(written));
      progressMs = readClockMs();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINTR') continue;
      if (code !== 'EAGAIN' || readClockMs() - progressMs > PATIENCE_MS) return false;
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }
  return true;
}

/**
 * A pipe or terminal is opened again, through a descriptor that does not block. A socket is set not to block for the
 * moment of the write. The reason: a thread that hangs in a write cannot be ended, and then the process cannot end
 * either.
 */
function openStderr(): Output | undefined {
  if (expected === undefined || identify(STDERR) !== expected) return undefined;
  const own = openOwnDescriptor();
  if (own !== undefined) return { write: (bytes) => writeSync(own, bytes), close: () => closeSync(own) };
  const writeIfSame = (bytes: Buffer) => {
    // Checked before each write, since a long time may pass between two writes.
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
    // There is no /proc, or it belongs to the user that the process had before it gave up its privileges.
  }
  if (own !== undefined) closeSync(own);
  return undefined;
}

interface Handle {
  setBlocking(blocking: boolean): void;
}
let handle: Handle | undefined;

/**
 * The program has the same open socket, and its own later writes must wait as they did before. If the socket does not
 * block already, Node has set that for `process.stderr`, and it stays so.
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
