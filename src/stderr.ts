import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const STDERR = 2;
/** Milliseconds without any progress after which a reader is taken for gone. */
const PATIENCE_MS = 2000;
const RETRY_MS = 5;

/** One line of ours, at once, from any thread; a closed or full stderr loses it and nothing else. */
export function say(line: string): void {
  try {
    writeSync(STDERR, `${line}\n`);
  } catch {
    // Nobody is left to be told.
  }
}

/**
 * `text` on stderr, whole: in one write where stderr takes it, else as fast as its reader reads.
 * Resolves with false where stderr is closed, broken, or nobody reads it.
 *
 * Not through `process.stderr`: a worker's goes through the main thread, and blocks with it.
 */
export async function writeStderr(text: string): Promise<boolean> {
  const own = openOwnDescriptor();
  try {
    return await writeWhole(own ?? STDERR, Buffer.from(text));
  } finally {
    if (own !== undefined) closeSync(own);
  }
}

async function writeWhole(descriptor: number, bytes: Buffer): Promise<boolean> {
  let written = 0;
  let progressMs = performance.now();
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
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

/** A descriptor of our own that does not block, where stderr is a pipe or a terminal: a stuck reader must not stick us. */
function openOwnDescriptor(): number | undefined {
  try {
    const kind = fstatSync(STDERR);
    if (!kind.isFIFO() && !kind.isCharacterDevice()) return undefined;
    return openSync(`/proc/self/fd/${STDERR}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}
