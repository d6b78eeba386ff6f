/** The descriptors of the calling thread's own event loop, among those of the process: see epoll(7), proc_pid_fdinfo(5). */

import { MessageChannel } from 'node:worker_threads';
import { type DescriptorLink, descriptorKind } from './descriptors.js';
import { readText } from './read.js';

/** Another thread's loop may be woken at the same moment, but hardly in each round. */
const ROUNDS = 3;

/** The epoll descriptor of this thread's event loop; undefined if the kernel does not tell. */
export function findOwnEpoll(links: readonly DescriptorLink[], root = '/proc'): number | undefined {
  let woken = listKind(links, 'eventfd');
  for (let round = 0; round < ROUNDS && woken.length > 0; round += 1) {
    const before = woken.map((fd) => readWakeups(fd, root));
    wakeOwnLoop();
    woken = woken.filter((fd, index) => readWakeups(fd, root) > (before[index] ?? Number.NaN));
  }
  const [own, other] = woken;
  if (own === undefined || other !== undefined) return undefined;
  // A loop opens its epoll before its eventfd. The table of another loop may be long.
  const epolls = listKind(links, 'epoll').sort((a, b) => Number(a > own) - Number(b > own) || b - a);
  return epolls.find((fd) => listWatched(fd, root).includes(own));
}

/** The epoll itself, all that it watches, the other ends of its pipes, and the io_uring that libuv opens next to it. */
export function listOwnDescriptors(
  epoll: number,
  links: readonly DescriptorLink[],
  root = '/proc',
): ReadonlySet<number> {
  const own = new Set([epoll, ...listWatched(epoll, root)]);
  const pipes = new Set(links.filter(({ fd, target }) => own.has(fd) && isPipe(target)).map(({ target }) => target));
  for (const { fd, target } of links) if (pipes.has(target)) own.add(fd);
  const next = links.find(({ fd, target }) => fd > epoll && /^(?:epoll|io_uring)$/.test(descriptorKind(target)));
  if (next && descriptorKind(next.target) === 'io_uring') own.add(next.fd);
  return own;
}

function listKind(links: readonly DescriptorLink[], kind: string): number[] {
  return links.filter(({ target }) => descriptorKind(target) === kind).map(({ fd }) => fd);
}

function isPipe(target: string): boolean {
  return descriptorKind(target) === 'pipe';
}

/** A message to a port of this thread adds one to its loop's eventfd, which is read when the loop turns. */
function wakeOwnLoop(): void {
  const { port1 } = new MessageChannel();
  port1.postMessage(0);
  port1.close();
}

/** The kernel prints it in base 16. */
function readWakeups(fd: number, root: string): number {
  const count = /^eventfd-count:\s*([0-9a-f]+)/m.exec(readText(`${root}/self/fdinfo/${fd}`) ?? '')?.[1];
  return Number.parseInt(count ?? '', 16);
}

function listWatched(epoll: number, root: string): number[] {
  const text = readText(`${root}/self/fdinfo/${epoll}`) ?? '';
  return [...text.matchAll(/^tfd:\s*(\d+)/gm)].map(([, fd]) => Number(fd));
}
