/** /proc/net/{tcp,tcp6,udp,udp6,unix}: every socket of a network namespace, a line each; see proc_pid_net(5). */

import { formatEndpoint } from './addresses.js';

export type SocketKind = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix';

/** One socket, without the descriptor that is open on it. */
export interface SocketLine {
  /** Address and port, or the path of a unix socket (`@…` if it is abstract); empty if it has none. */
  readonly local: string;
  /** Absent without a peer, and always for unix sockets. */
  readonly remote?: string;
  /** `listening`, `established`, `close wait`, … */
  readonly state: string;
  /** Bytes received and not yet read by the process. */
  readonly rxQueueBytes?: number;
  /** Bytes sent and not yet acknowledged by the peer. */
  readonly txQueueBytes?: number;
  /** Connections that wait in a listening socket to be accepted. */
  readonly acceptQueue?: number;
}

/**
 * Calls `found` with the wanted lines of a table, unparsed. On a busy machine the table has tens of thousands of lines: of the
 * others only the inode is read.
 */
export function findSocketLines(
  kind: SocketKind,
  text: string,
  isWanted: (inode: string) => boolean,
  found: (inode: string, line: string) => void,
): void {
  const inodeField = kind === 'unix' ? 6 : 9;
  // The first line names the columns.
  let start = text.indexOf('\n') + 1;
  while (start > 0 && start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const inode = fieldAt(text, start, end, inodeField);
    // A socket in TIME_WAIT no longer belongs to a process: its inode is 0.
    if (inode !== '0' && inode !== '' && isWanted(inode)) found(inode, text.slice(start, end));
    start = end + 1;
  }
}

/** The state in a line of a table: all that is needed to count it. */
export function parseSocketState(kind: SocketKind, line: string): string {
  const number = fieldAt(line, 0, line.length, kind === 'unix' ? 5 : 3);
  if (kind.startsWith('tcp')) return TCP_STATES[number] ?? `state ${number}`;
  if (kind.startsWith('udp')) return UDP_STATES[number] ?? `state ${number}`;
  const flags = Number.parseInt(fieldAt(line, 0, line.length, 3), 16);
  return (flags & SO_ACCEPTCON) !== 0 ? 'listening' : (UNIX_STATES[number] ?? `state ${number}`);
}

/** One line of a table, without its newline. */
export function parseSocketLine(kind: SocketKind, line: string, littleEndian?: boolean): SocketLine {
  const state = parseSocketState(kind, line);
  return kind === 'unix'
    ? { local: parseUnixPath(line), state }
    : { ...parseInternetLine(line, state === 'listening', littleEndian), state };
}

/** `sl local_address rem_address st tx_queue:rx_queue …` */
function parseInternetLine(line: string, listening: boolean, littleEndian?: boolean): Omit<SocketLine, 'state'> {
  const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/, 5);
  const [tx = 0, rx = 0] = queues.split(':').map((queue) => Number.parseInt(queue, 16) || 0);
  return {
    local: formatEndpoint(local, littleEndian),
    ...(/^0+:0+$/.test(remote) ? {} : { remote: formatEndpoint(remote, littleEndian) }),
    ...(rx > 0 && !listening ? { rxQueueBytes: rx } : {}),
    ...(tx > 0 && !listening ? { txQueueBytes: tx } : {}),
    ...(rx > 0 && listening ? { acceptQueue: rx } : {}),
  };
}

/** `Num RefCount Protocol Flags Type St Inode Path`; the path is absent for most, and may hold spaces. */
function parseUnixPath(line: string): string {
  const path = /^ *(?:\S+ +){6}\d+ (.*)$/s.exec(line)?.[1] ?? '';
  return Buffer.from(path, 'latin1').toString();
}

/** The field of a line at an index from 0, fields being separated by any number of spaces. */
function fieldAt(text: string, start: number, end: number, index: number): string {
  let at = start;
  for (let field = 0; ; field++) {
    while (at < end && text.charCodeAt(at) === SPACE) at++;
    const from = at;
    while (at < end && text.charCodeAt(at) !== SPACE) at++;
    if (field === index || at === end) return field === index ? text.slice(from, at) : '';
  }
}

const SPACE = 0x20;

/** A flag of unix sockets: listen() was called. */
const SO_ACCEPTCON = 0x10000;

/** include/net/tcp_states.h */
const TCP_STATES: { readonly [number: string]: string } = {
  '01': 'established',
  '02': 'syn sent',
  '03': 'syn received',
  '04': 'fin wait 1',
  '05': 'fin wait 2',
  '06': 'time wait',
  '07': 'closed',
  '08': 'close wait',
  '09': 'last ack',
  '0A': 'listening',
  '0B': 'closing',
  '0C': 'syn received',
};

/** UDP borrows two of TCP's: established once connect() was called, closed before. */
const UDP_STATES: { readonly [number: string]: string } = { '01': 'connected', '07': 'open' };

/** include/uapi/linux/net.h, socket_state. */
const UNIX_STATES: { readonly [number: string]: string } = {
  '01': 'unconnected',
  '02': 'connecting',
  '03': 'connected',
  '04': 'disconnecting',
};
