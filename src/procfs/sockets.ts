/** The sockets of this process: its descriptors, joined with the kernel's socket tables by inode. */

import { type DescriptorLink, readLinks } from './descriptors.js';
import { readLines } from './read.js';
import {
  findSocketLines,
  parseSocketLine,
  parseSocketState,
  type SocketKind,
  type SocketLine,
} from './socket-tables.js';

export interface SocketEntry extends SocketLine {
  /** `other` for a socket that no table has: netlink, raw, of another network namespace, or TCP and not yet bound. */
  readonly kind: SocketKind | 'other';
  /** The lowest descriptor that is open on it. */
  readonly fd: number;
}

export interface SocketCount {
  readonly kind: SocketEntry['kind'];
  readonly state: string;
  readonly count: number;
}

export interface Sockets {
  /** Listening ones first, then by descriptor; no name is ever resolved. */
  readonly sockets: readonly SocketEntry[];
  /** All of this process's, listed or not. */
  readonly total: number;
  /** All of them, by kind and state, the most frequent first. */
  readonly counts: readonly SocketCount[];
  /** The sockets that were left out. */
  readonly note?: string;
}

/** The tables, first those that had most of this process's sockets the last time. */
let order: readonly SocketKind[] = ['tcp', 'tcp6', 'udp', 'udp6', 'unix'];

/** Bytes read of each table. A line has 150 bytes, so this is some 100,000 sockets. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024;

/**
 * The sockets of this process. Never throws; empty, with a note, without /proc.
 * Cost: 6 µs a descriptor, and 1 to 2 µs for every socket of the machine.
 * @param links from `readLinks`, if the caller has them already
 * @param between called before each table
 */
export function readSockets(
  maxSockets = 100,
  root = '/proc',
  links = readLinks(root),
  between: () => void = () => {},
): Sockets {
  if (links === undefined) return { sockets: [], total: 0, counts: [], note: '/proc is absent or may not be read' };
  const fds = mapInodes(links.links);
  const { lines, cut } = readTables(fds, root, between);
  const found = [...fds].map(([inode, fd]) => nameState(fd, lines.get(inode)));
  const listed = [...found.filter(isListening), ...found.filter((one) => !isListening(one))].slice(0, maxSockets);
  const left = found.length - listed.length;
  const note = [
    ...(left > 0 ? [`${left} more ${left === 1 ? 'is' : 'are'} counted and not listed`] : []),
    ...(links.open > links.links.length
      ? [`only ${links.links.length} of ${links.open} descriptors were looked at`]
      : []),
    ...cut.map((kind) => `the machine's ${kind} table is too long: only its first 16 MiB were read`),
  ].join('; ');
  return {
    sockets: listed.map(parseEntry),
    total: found.length,
    counts: countStates(found),
    ...(note === '' ? {} : { note }),
  };
}

/** From a socket's inode to its lowest descriptor. */
function mapInodes(links: readonly DescriptorLink[]): Map<string, number> {
  const fds = new Map<string, number>();
  for (const { fd, target } of links) {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && !fds.has(inode)) fds.set(inode, fd);
  }
  return fds;
}

interface FoundLine {
  readonly kind: SocketKind;
  readonly line: string;
}

/**
 * The kernel goes through the whole machine's table, which takes milliseconds, but lists the listening sockets first: for a
 * process that only listens, the rest of the table is not read.
 */
function readTables(
  fds: ReadonlyMap<string, number>,
  root: string,
  between: () => void,
): { lines: Map<string, FoundLine>; cut: SocketKind[] } {
  const lines = new Map<string, FoundLine>();
  const found = new Map<SocketKind, number>();
  const cut: SocketKind[] = [];
  const isWanted = (inode: string) => fds.has(inode);
  for (const kind of order) {
    if (lines.size === fds.size) break;
    between();
    const before = lines.size;
    const isCut = readLines(`${root}/self/net/${kind}`, MAX_TABLE_BYTES, (text) => {
      findSocketLines(kind, text, isWanted, (inode, line) => lines.set(inode, { kind, line }));
      return lines.size === fds.size;
    });
    if (isCut) cut.push(kind);
    found.set(kind, lines.size - before);
  }
  order = [...order].sort((a, b) => (found.get(b) ?? 0) - (found.get(a) ?? 0));
  return { lines, cut };
}

/** A socket of ours, its line parsed no further than its state. */
interface FoundSocket {
  readonly kind: SocketEntry['kind'];
  readonly fd: number;
  readonly state: string;
  readonly line: string;
}

function nameState(fd: number, found: FoundLine | undefined): FoundSocket {
  if (found === undefined) return { kind: 'other', fd, state: 'unknown', line: '' };
  return { fd, state: parseSocketState(found.kind, found.line), ...found };
}

function isListening(socket: FoundSocket): boolean {
  return socket.state === 'listening';
}

function parseEntry({ kind, fd, line }: FoundSocket): SocketEntry {
  if (kind === 'other') return { kind, fd, local: '', state: 'unknown' };
  return { kind, fd, ...parseSocketLine(kind, line) };
}

function countStates(sockets: readonly FoundSocket[]): SocketCount[] {
  const counts = new Map<string, { kind: SocketEntry['kind']; state: string; count: number }>();
  for (const { kind, state } of sockets) {
    const key = `${kind} ${state}`;
    const entry = counts.get(key) ?? { kind, state, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
