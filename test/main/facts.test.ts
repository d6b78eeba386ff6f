import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { readFacts } from '../../src/main/facts.js';
import type { InFlightFacts } from '../../src/main-facts.js';

it('resources of the event loop are counted by kind, in whatever order they were opened', async () => {
  const server = createServer();
  const timers: NodeJS.Timeout[] = [];
  onTestFinished(() => {
    server.close();
    for (const timer of timers) clearTimeout(timer);
  });
  server.on('connection', (socket) => onTestFinished(() => void socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (let count = 0; count < 3; count += 1) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    timers.push(setTimeout(() => {}, 100_000));
    const between = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void between.close());
    await once(between, 'listening');
  }
  const { resources } = readFacts(readFacts, undefined, () => ({}) as InFlightFacts);
  const kinds = process.getActiveResourcesInfo();
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  expect(resources).toEqual(Object.fromEntries([...new Set(kinds)].map((kind) => [kind, count(kind)])));
  expect(resources.TCPServerWrap).toBeGreaterThanOrEqual(4);
  expect(resources.TCPSocketWrap).toBeGreaterThanOrEqual(3);
});
