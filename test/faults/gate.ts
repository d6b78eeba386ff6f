import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { findFreePort } from '../ports.js';

/** The treatment of a connection while something is wrong. */
export type Fault = (socket: Socket, port: number) => void;

/** Stands between a process and a real collector, byte for byte, until a test makes it faulty. */
export interface Gate {
  readonly port: number;
  /** From now on each connection meets this; those that are open are closed. */
  break(fault: Fault): void;
  /** As if nothing had been wrong. */
  mend(): void;
  /** Nobody listens any more, on that port, until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

export async function openGate(collectorPort: number, tls?: TlsOptions): Promise<Gate> {
  const port = await findFreePort();
  const sockets = new Set<Socket>();
  let fault: Fault = passThrough;
  const take = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    fault(socket, collectorPort);
  };
  const server: Server = tls ? createTlsServer(tls, take).on('tlsClientError', () => {}) : createServer(take);
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  await listen();
  return {
    port,
    break(given) {
      fault = given;
      drop();
    },
    mend() {
      fault = passThrough;
      drop();
    },
    async shut() {
      drop();
      await new Promise((closed) => server.close(closed));
    },
    open: listen,
  };
}

export const passThrough: Fault = (socket, port) => {
  const collector = connect(port, '127.0.0.1');
  collector.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => collector.destroy());
  socket.pipe(collector).pipe(socket);
};

/** Lets the request through at this rate. */
export function slow(bytesPerSecond: number): Fault {
  return (socket, port) => {
    const collector = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    const waiting: Buffer[] = [];
    const timer = setInterval(() => {
      const all = Buffer.concat(waiting.splice(0));
      const share = Math.ceil(bytesPerSecond / 10);
      if (all.length > share) waiting.push(all.subarray(share));
      if (all.length > 0) collector.write(all.subarray(0, share));
    }, 100);
    collector.pipe(socket);
    socket
      .on('data', (chunk: Buffer) => waiting.push(chunk))
      .on('close', () => {
        clearInterval(timer);
        collector.destroy();
      });
  };
}

/** Lets so much through, then says nothing more: the collector has half a request. */
export function half(bytes: number): Fault {
  return (socket, port) => {
    const collector = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    let left = bytes;
    socket.on('data', (chunk: Buffer) => {
      if (left > 0) collector.write(chunk.subarray(0, left));
      left -= chunk.length;
    });
    socket.on('close', () => collector.destroy());
    collector.on('close', () => socket.destroy());
  };
}

/** Speaks HTTP, and reads the whole request before `answer` has its turn. */
export function speakHttp(answer: (response: ServerResponse, request: IncomingMessage) => void): Fault {
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => answer(response, request));
  });
  return (socket) => void server.emit('connection', socket);
}

export function status(code: number, headers: Record<string, string> = {}, body = '{"message":"not now"}'): Fault {
  return speakHttp((response) =>
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(body),
  );
}
