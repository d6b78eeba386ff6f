import { closeSync, openSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { descriptorKind, readLinks } from '../../src/procfs/descriptors.js';
import { findOwnEpoll, listOwnDescriptors } from '../../src/procfs/own-loop.js';
import { makeTree, startThread } from './helpers.js';

/** Has this thread's event loop watch a socket, and says which. */
async function listen(): Promise<number> {
  const server: Server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server as Server & { _handle: { readonly fd: number } })._handle.fd;
}

it.runIf(process.platform === 'linux')("this thread's own loop is told from those of other threads", async () => {
  const socket = await listen();
  const file = openSync('/proc/self/exe', 'r');
  onTestFinished(() => closeSync(file));
  await startThread('setInterval(() => {}, 1)');
  const links = readLinks()?.links ?? [];
  const epoll = findOwnEpoll(links) ?? Number.NaN;
  const own = listOwnDescriptors(epoll, links);
  const kinds = links.filter(({ fd }) => own.has(fd)).map(({ target }) => descriptorKind(target));
  expect(own).toContain(socket);
  expect(own).not.toContain(file);
  expect(kinds.filter((kind) => kind === 'epoll')).toEqual(['epoll']);
  expect(kinds.filter((kind) => kind === 'eventfd')).toEqual(['eventfd']);
  expect(links.filter(({ target }) => descriptorKind(target) === 'epoll').length).toBeGreaterThan(1);
});

it('no loop is found if the kernel does not count the wake-ups of an eventfd', () => {
  const links = [
    { fd: 3, target: 'anon_inode:[eventpoll]' },
    { fd: 4, target: 'anon_inode:[eventfd]' },
  ];
  expect(findOwnEpoll(links, makeTree({ 'self/fdinfo/4': 'pos:\t0\n' }))).toBeUndefined();
});

it('a loop has its epoll, its pipes, its eventfd, its sockets and the io_uring beside it', () => {
  const links = [
    { fd: 3, target: 'anon_inode:[eventpoll]' },
    { fd: 4, target: 'anon_inode:[io_uring]' },
    { fd: 5, target: 'pipe:[1]' },
    { fd: 6, target: 'anon_inode:[eventpoll]' },
    { fd: 7, target: 'anon_inode:[io_uring]' },
    { fd: 8, target: 'pipe:[2]' },
    { fd: 9, target: 'pipe:[2]' },
    { fd: 10, target: 'anon_inode:[eventfd]' },
    { fd: 11, target: 'socket:[3]' },
    { fd: 12, target: 'socket:[4]' },
  ];
  const tfd = (fd: number) => `tfd:       ${fd} events: 19 data: a\n`;
  const root = makeTree({ 'self/fdinfo/6': `pos:\t0\n${tfd(8)}${tfd(10)}${tfd(12)}` });
  expect([...listOwnDescriptors(6, links, root)].sort((a, b) => a - b)).toEqual([6, 7, 8, 9, 10, 12]);
});
