import type { Socket } from '../report.js';
import { renderTable } from './table.js';
import { isFull, type View } from './view.js';

/** The sockets of the process: except in `full`, those with the same peer are counted together, the most first. */
export function renderSockets(sockets: readonly Socket[], count: number, view: View): string {
  const cut = sockets.length < count ? `, ${sockets.length} ${isFull(view) ? 'shown' : 'of them counted here'}` : '';
  const total = `sockets = ${count}${cut}\n`;
  if (isFull(view)) return total + renderTable(sockets.map(toRow), [1]);
  const groups = new Map<string, Group>();
  const listening = new Set(sockets.filter(({ remote }) => remote === undefined).map(({ local }) => portOf(local)));
  for (const socket of sockets) {
    const group = describe(socket, listening);
    const key = JSON.stringify(group);
    groups.set(key, { ...group, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  const rows = [...groups.values()].sort((a, b) => b.count - a.count);
  return (
    total +
    renderTable(
      rows.map((group) => [String(group.count), group.kind, group.state, group.place]),
      [0],
    )
  );
}

interface Group {
  readonly kind: string;
  readonly state: string;
  readonly place: string;
  readonly count: number;
}

function toRow({ kind, fd, state, local, remote }: Socket): string[] {
  return [kind, String(fd), state, remote ? `${local} -> ${remote}` : local];
}

/** A client has a new port with each connection, and so has this process with each connection to a server. */
function describe({ kind, state, local, remote }: Socket, listening: ReadonlySet<string>): Group {
  const isServed = remote !== undefined && listening.has(portOf(local));
  const place = remote === undefined ? local : isServed ? `${local} <- ${hostOf(remote)}` : `-> ${remote}`;
  return { kind, state, place, count: 0 };
}

function hostOf(address: string): string {
  const at = address.lastIndexOf(':');
  return at === -1 ? address : address.slice(0, at);
}

/** The port; of the path of a Unix socket, all of it. */
function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}
