import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, type StartOptions, startNode } from '../process/start.js';
import { succeeds } from './commands.js';

/** A server of names on port 53 of a loopback address. */
export interface NameServer {
  readonly address: string;
  /** Names that were asked for. */
  readonly asked: readonly string[];
  /** From now on it hears, and does not answer. */
  fallSilent(): void;
  close(): void;
}

const A = 1;
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** Knows these names and their IPv4 addresses, and no others; one that has `broken` as its address it cannot tell. */
export async function startNameServer(
  address: string,
  names: { readonly [name: string]: string },
): Promise<NameServer> {
  const socket: Socket = createSocket('udp4');
  const asked: string[] = [];
  let isSilent = false;
  socket.on('message', (query, { port, address: from }) => {
    const { name, type, end } = readQuestion(query);
    asked.push(name);
    if (isSilent) return;
    const known = names[name];
    const code = known === 'broken' ? SERVFAIL : known === undefined ? NXDOMAIN : 0;
    socket.send(answer(query, end, type === A && code === 0 ? known : undefined, code), port, from);
  });
  await new Promise<void>((bound) => socket.bind(53, address, bound));
  return {
    address,
    asked,
    fallSilent: () => {
      isSilent = true;
    },
    close: () => socket.close(),
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answer(query: Buffer, end: number, address: string | undefined, code: number): Buffer {
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(address === undefined ? 0 : 1, 6);
  head.writeUInt32BE(0, 8);
  const question = query.subarray(12, end);
  if (address === undefined) return Buffer.concat([head, question]);
  // A pointer to the question's name, type A, class IN, 0 s to live, 4 bytes.
  const record = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([head, question, record]);
}

export const canBindNames = process.getuid?.() === 0 && succeeds('unshare', ['--mount', 'true']);

/** Runs Node where /etc/hosts and /etc/resolv.conf are these. Needs `canBindNames`. */
export function startWithNames(
  root: string,
  files: { readonly hosts: string; readonly resolv: string },
  args: readonly string[],
  options: StartOptions,
): Program {
  const place = mkdtempSync(join(root, 'etc-'));
  const bind = Object.entries({ hosts: files.hosts, 'resolv.conf': files.resolv }).map(([name, text]) => {
    writeFileSync(join(place, name), text);
    return `mount --bind ${join(place, name)} /etc/${name}`;
  });
  const script = `${bind.join(' && ')} && exec "$0" "$@"`;
  return startNode(['--mount', 'sh', '-c', script, process.execPath, ...args], { ...options, command: 'unshare' });
}
