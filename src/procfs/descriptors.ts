/** The open file descriptors of this process, see proc_pid_fd(5). */

import { definedOnly, parseNumber } from './fields.js';
import { listNumbers, readLink, readText } from './read.js';

export type Descriptors = {
  /** How many are open. */
  readonly open: number;
  /** The soft limit of RLIMIT_NOFILE: at this number open() fails with EMFILE. Absent if there is no limit. */
  readonly limit?: number;
  readonly hardLimit?: number;
  /** How many of each: `socket`, `pipe`, `file`, `eventfd`, `epoll`, `inotify`, `device`, `terminal`, … */
  readonly byKind: { readonly [kind: string]: number };
  /** How many are the agent's: these are in `open`, and not in `byKind`. */
  readonly ofTheAgent?: number;
  /** The descriptors that were left out. */
  readonly note?: string;
};

/** A descriptor and its target: a path, or `socket:[123]`, `pipe:[123]`, `anon_inode:[eventfd]`. */
export interface DescriptorLink {
  readonly fd: number;
  readonly target: string;
}

/** Descriptors that are looked at, at most; all of them are counted. */
const MAX_LINKS = 50_000;

/**
 * How many descriptors are open, of what kind, and how many may be. Cost: 6 µs a descriptor.
 * @param links from `readLinks`, if the caller has them already
 * @param own those of the agent
 */
export function readDescriptors(
  root = '/proc',
  links = readLinks(root),
  own: ReadonlySet<number> = new Set(),
): Descriptors | undefined {
  if (links === undefined) return undefined;
  const byKind: { [kind: string]: number } = {};
  let ofTheAgent = 0;
  for (const { fd, target } of links.links) {
    if (own.has(fd)) {
      ofTheAgent += 1;
      continue;
    }
    const kind = descriptorKind(target);
    byKind[kind] = (byKind[kind] ?? 0) + 1;
  }
  return definedOnly<Descriptors>({
    open: links.open,
    ...parseLimit(readText(`${root}/self/limits`) ?? '', 'Max open files'),
    byKind,
    ofTheAgent: ofTheAgent > 0 ? ofTheAgent : undefined,
    note: links.open > links.links.length ? `only ${links.links.length} of ${links.open} were looked at` : undefined,
  });
}

/** Every open descriptor of this process, lowest first. */
export function readLinks(root = '/proc'): { open: number; links: DescriptorLink[] } | undefined {
  const directory = `${root}/self/fd`;
  const fds = listNumbers(directory);
  if (fds === undefined) return undefined;
  fds.sort((a, b) => a - b);
  const links: DescriptorLink[] = [];
  let closed = 0;
  for (const fd of fds.slice(0, MAX_LINKS)) {
    const target = readLink(`${directory}/${fd}`);
    // Closed since the listing, as the listing's own descriptor always is.
    if (target === undefined) closed++;
    else links.push({ fd, target });
  }
  return { open: fds.length - closed, links };
}

/** The kind of file that a descriptor is open on. */
export function descriptorKind(target: string): string {
  const special =
    /^(?:(socket|pipe):|anon_inode:\[?([\w-]+)|(\/memfd:)|(\/dev\/(?:pts\/|tty|console))|(\/dev\/(?!shm\/)))/;
  const [, plain, anonymous, memory, terminal, device] = special.exec(target) ?? [];
  if (plain !== undefined) return plain;
  if (anonymous !== undefined) return anonymous === 'eventpoll' ? 'epoll' : anonymous;
  if (memory !== undefined) return 'memfd';
  if (terminal !== undefined) return 'terminal';
  if (device !== undefined) return 'device';
  return target.startsWith('/') ? 'file' : 'other';
}

/** A line of proc_pid_limits(5): its soft and its hard limit, if they are not `unlimited`. */
export function parseLimit(text: string, name: string): { limit?: number; hardLimit?: number } {
  const line = text.split('\n').find((candidate) => candidate.startsWith(name));
  const [soft, hard] = line?.slice(name.length).trim().split(/\s+/) ?? [];
  return definedOnly<{ limit?: number; hardLimit?: number }>({
    limit: parseNumber(soft),
    hardLimit: parseNumber(hard),
  });
}
