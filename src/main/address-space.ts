import { closeSync, openSync, readSync } from 'node:fs';

/**
 * MiB of address space that the agent's thread and a report reserve, most of it never used: 680 to 1,130 were measured
 * on Node 20 to 26. V8 ends the whole process if it gets less.
 */
const NEEDED_MIB = 1300;
const MIB = 2 ** 20;
const PAGE_BYTES = 4096;
/** More bytes than either of the two files has. */
const SHORT_BYTES = 4096;

/** The reason why the limit of this process (`ulimit -v`) allows no agent; undefined if there is room, or no limit. */
export function findAddressSpaceProblem(): string | undefined {
  try {
    const [, limit = 'unlimited'] = /^Max address space\s+(\S+)/m.exec(readShort('/proc/self/limits')) ?? [];
    if (limit === 'unlimited') return undefined;
    const usedBytes = Number(readShort('/proc/self/statm').split(' ')[0]) * PAGE_BYTES;
    const leftMib = Math.floor((Number(limit) - usedBytes) / MIB);
    if (leftMib >= NEEDED_MIB) return undefined;
    return `its thread reserves ${NEEDED_MIB} MiB of address space, and the process's limit (ulimit -v) leaves ${leftMib} MiB`;
  } catch {
    // Without /proc the limit is not known.
    return undefined;
  }
}

/** In one read: `readFileSync` allocates far more for a file of an unknown size, and every start waits for this. */
function readShort(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(SHORT_BYTES);
    return bytes.toString('latin1', 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}
