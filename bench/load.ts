import { connect, type Socket } from 'node:net';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** Each has one request under way, as those of browsers and of Node's own clients have. */
const CONNECTIONS = 64;

/** Requests a second that a server on this machine answers, kept busy for `ms`. */
export async function measureThroughput(
  port: number,
  ms: number,
): Promise<{ readonly rate: number; readonly answers: number }> {
  let answers = 0;
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  for (const socket of sockets) {
    socket.on('data', (chunk: Buffer) => {
      let found = 0;
      for (let at = chunk.indexOf('HTTP/1.1 200'); at >= 0; at = chunk.indexOf('HTTP/1.1 200', at + 12)) found += 1;
      answers += found;
      socket.write(REQUEST.repeat(found));
    });
    socket.write(REQUEST);
  }
  await pause(200);
  const [startMs, before] = [performance.now(), answers];
  await pause(ms);
  const rate = ((answers - before) / (performance.now() - startMs)) * 1000;
  for (const socket of sockets) socket.destroy();
  return { rate, answers };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true).on('error', reject);
  });
}
