import { constants, fstatSync, readFileSync, type Stats } from 'node:fs';

/** The identity of the file behind a descriptor: its kind, device and inode. Undefined if the descriptor is closed. */
export function identify(descriptor: number): string | undefined {
  try {
    const about = fstatSync(descriptor);
    // Node may open a terminal again, by another of its names.
    if (isTerminal(about)) return 'terminal';
    return `${nameKind(about)} ${about.dev}:${about.ino}:${about.rdev}`;
  } catch {
    return undefined;
  }
}

/** Whether a write to it may block; undefined if the system does not say. */
export function readBlocks(descriptor: number): boolean | undefined {
  try {
    const [, flags = ''] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? [];
    return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0;
  } catch {
    return undefined;
  }
}

function nameKind(about: Stats): string {
  if (about.isSocket()) return 'socket';
  if (about.isFIFO()) return 'pipe';
  return about.isCharacterDevice() ? 'device' : 'file';
}

/**
 * By Linux's device numbers: virtual consoles, /dev/tty and /dev/console, pseudo-terminals. Serial lines do not count.
 */
function isTerminal(about: Stats): boolean {
  if (process.platform !== 'linux' || !about.isCharacterDevice()) return false;
  const major = (about.rdev >> 8) & 0xfff;
  const minor = about.rdev & 0xff;
  return (major === 4 && minor < 64) || (major === 5 && minor <= 2) || (major >= 136 && major <= 143);
}
