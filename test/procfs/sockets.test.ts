import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSockets, type SocketEntry } from '../../src/procfs/sockets.js';
import { eventually, makeDirectory, makeTree, startThread } from './helpers.js';

async function listen(server: Server, options: { host?: string; port?: number; path?: string }): Promise<number> {
  server.listen(options);
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function connectTo(options: { host: string; port: number } | { path: string }): Promise<Socket> {
  const socket = connect(options);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return socket;
}

function find(matches: (socket: SocketEntry) => boolean): SocketEntry | undefined {
  return readSockets(10_000).sockets.find(matches);
}

describe.runIf(process.platform === 'linux')('the sockets of this process', () => {
  it('show a TCP server, its connection, and the bytes that were sent and not read', async () => {
    const server = createServer({ pauseOnConnect: true });
    const port = await listen(server, { host: '127.0.0.1', port: 0 });
    expect(find(({ local }) => local === `127.0.0.1:${port}`)).toEqual({
      kind: 'tcp',
      fd: expect.any(Number),
      local: `127.0.0.1:${port}`,
      state: 'listening',
    });
    const client = await connectTo({ host: '127.0.0.1', port });
    client.write('hello');
    const accepted = await eventually(() => find(({ rxQueueBytes }) => rxQueueBytes === 5));
    expect(accepted).toEqual({
      kind: 'tcp',
      fd: expect.any(Number),
      local: `127.0.0.1:${port}`,
      remote: `127.0.0.1:${client.localPort}`,
      state: 'established',
      rxQueueBytes: 5,
    });
  });

  it('show connections that a blocked server does not accept', async () => {
    const { worker } = await startThread(
      `const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
         parentPort.postMessage(server.address().port);
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });`,
    );
    const [port] = (await once(worker, 'message')) as [number];
    await connectTo({ host: '127.0.0.1', port });
    await connectTo({ host: '127.0.0.1', port });
    const listening = find(({ local, state }) => local === `127.0.0.1:${port}` && state === 'listening');
    expect(listening?.acceptQueue).toBe(2);
  });

  it('show IPv6, and IPv4 that came in over it', async ({ skip }) => {
    const server = createServer();
    const port = await listen(server, { host: '::', port: 0 }).catch(() => skip('no IPv6 here'));
    expect(find(({ local }) => local === `[::]:${port}`)).toMatchObject({ kind: 'tcp6', state: 'listening' });
    const six = await connectTo({ host: '::1', port });
    expect(find(({ local }) => local === `[::1]:${six.localPort}`)).toMatchObject({
      kind: 'tcp6',
      remote: `[::1]:${port}`,
      state: 'established',
    });
    const four = await connectTo({ host: '127.0.0.1', port });
    await eventually(() => find(({ kind, remote }) => kind === 'tcp6' && remote === `127.0.0.1:${four.localPort}`));
  });

  it('show unix sockets by their path', async () => {
    const path = join(makeDirectory(), 'été 1.sock');
    await listen(createServer(), { path });
    await connectTo({ path });
    expect(find(({ local, state }) => local === path && state === 'listening')).toMatchObject({ kind: 'unix' });
    await eventually(() => find(({ local, state }) => local === path && state === 'connected'));
  });

  it('show UDP, with a peer when it is connected', async () => {
    const open = createSocket('udp4').bind(0, '127.0.0.1');
    await once(open, 'listening');
    const connected = createSocket('udp4');
    connected.connect(open.address().port, '127.0.0.1');
    onTestFinished(() => {
      open.close();
      connected.close();
    });
    await once(connected, 'connect');
    const local = `127.0.0.1:${open.address().port}`;
    expect(find((socket) => socket.local === local)).toMatchObject({ kind: 'udp', state: 'open' });
    expect(find((socket) => socket.remote === local)).toMatchObject({ kind: 'udp', state: 'connected' });
  });

  it('are counted even when they are not listed, and those that listen are listed first', async () => {
    const port = await listen(createServer(), { host: '127.0.0.1', port: 0 });
    await connectTo({ host: '127.0.0.1', port });
    const late = await listen(createServer(), { host: '127.0.0.1', port: 0 });
    const { sockets, total, counts, note } = readSockets(2);
    expect(sockets.map(({ local }) => local)).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${late}`]);
    expect(total).toBeGreaterThanOrEqual(3);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(total);
    expect(counts).toContainEqual({ kind: 'tcp', state: 'listening', count: 2 });
    expect(note).toBe(`${total - 2} more are counted and not listed`);
    expect(readSockets(total - 1).note).toBe('1 more is counted and not listed');
  });
});

describe('sockets elsewhere', () => {
  it('are absent without /proc, and the data says so', () => {
    expect(readSockets(10, makeDirectory())).toEqual({
      sockets: [],
      total: 0,
      counts: [],
      note: '/proc is absent or may not be read',
    });
  });

  it('are still listed when no table knows them, or none may be read', () => {
    const links = {
      open: 2,
      links: [
        { fd: 3, target: 'socket:[12]' },
        { fd: 4, target: 'socket:[12]' },
      ],
    };
    expect(readSockets(10, makeTree({}), links)).toEqual({
      sockets: [{ kind: 'other', fd: 3, local: '', state: 'unknown' }],
      total: 1,
      counts: [{ kind: 'other', state: 'unknown', count: 1 }],
    });
  });
});
