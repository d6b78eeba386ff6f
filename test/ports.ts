import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Ports below are those of well-known services. */
const FIRST = 10_000;
const DEFAULT_LOCAL = 32_768;

/**
 * A port on which nobody listens, and none of those that the kernel gives to a server or a connection that asks for any:
 * it stays free while its server is away.
 */
export async function findFreePort(): Promise<number> {
  const end = readFirstLocal();
  for (;;) {
    const port = randomInt(FIRST, end > FIRST ? end : DEFAULT_LOCAL);
    if (await isFree(port)) return port;
  }
}

/** All different. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

function readFirstLocal(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    return DEFAULT_LOCAL;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
