import { readdirSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';

/*
 * libuv's handler writes a message of 16 bytes into a pipe of each loop that watches a signal: a pointer to the handle,
 * then the signal's number (uv__signal_msg_t, src/unix/signal.c). A loop that does not turn leaves them there.
 */

const MESSAGE_BYTES = 16;
const MAX_MESSAGES = 256;
const O_NONBLOCK = 0o4000;
const O_WRONLY = 1;

/** Both ends of a pipe within this process, neither of which blocks: so are the signal pipes of libuv's loops. */
interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/**
 * Signals that another thread's loop was told of and has not taken yet: those that came before this thread listened,
 * while that one was busy already. The bytes are put back at once. Empty without `/proc`.
 */
export function findPendingSignals(signals: readonly string[]): readonly string[] {
  const pending = new Set<string>();
  for (const pipe of findPipes()) {
    for (const signum of peek(pipe)) {
      const signal = signals.find((name) => constants.signals[name as NodeJS.Signals] === signum);
      if (signal !== undefined) pending.add(signal);
    }
  }
  return [...pending];
}

function findPipes(): readonly Pipe[] {
  const readEnds = new Map<string, number>();
  const writeEnds = new Map<string, number>();
  for (const { descriptor, target, flags } of listDescriptors()) {
    // libuv's lock among signal handlers is a pipe, too: that one blocks, and must not be touched.
    if (!target.startsWith('pipe:') || (flags & O_NONBLOCK) === 0) continue;
    (flags & O_WRONLY ? writeEnds : readEnds).set(target, descriptor);
  }
  return [...readEnds].flatMap(([target, readEnd]) => {
    const writeEnd = writeEnds.get(target);
    return writeEnd === undefined ? [] : [{ readEnd, writeEnd }];
  });
}

function listDescriptors(): readonly {
  readonly descriptor: number;
  readonly target: string;
  readonly flags: number;
}[] {
  try {
    return readdirSync('/proc/self/fd').flatMap((name) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${name}`);
        const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1')) ?? [];
        return [{ descriptor: Number(name), target, flags: Number.parseInt(flags, 8) }];
      } catch {
        // Closed meanwhile.
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** The signals' numbers in a pipe; empty if it holds anything but whole messages. */
function peek({ readEnd, writeEnd }: Pipe): readonly number[] {
  const bytes = Buffer.alloc(MESSAGE_BYTES * MAX_MESSAGES);
  let length: number;
  try {
    length = readSync(readEnd, bytes);
  } catch {
    // EAGAIN: it is empty.
    return [];
  }
  for (let written = 0; written < length; ) written += writeSync(writeEnd, bytes, written, length - written);
  if (length % MESSAGE_BYTES !== 0) return [];
  return Array.from({ length: length / MESSAGE_BYTES }, (_, index) => bytes.readInt32LE(index * MESSAGE_BYTES + 8));
}
