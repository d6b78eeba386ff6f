import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A debugger's end of a `--inspect` port; Node 20 has no WebSocket of its own. */
export interface Debugger {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Resolves with the event's parameters, also where it has come already. */
  event(method: string): Promise<Record<string, unknown>>;
  readonly seen: readonly string[];
  close(): void;
}

/** Connects to a `ws://…` address as Node prints it on stderr. */
export async function attachDebugger(address: string): Promise<Debugger> {
  const { hostname, port, pathname } = new URL(address);
  const socket = connect(Number(port), hostname);
  const events = new Map<string, Record<string, unknown>>();
  const waiting = new Map<string | number, (value: Record<string, unknown>) => void>();
  const seen: string[] = [];
  const opened = shakeHands(socket, `${hostname}:${port}`, pathname, (text) => {
    const message = JSON.parse(text);
    const key = message.id ?? message.method;
    if (message.method) {
      seen.push(message.method);
      events.set(message.method, message.params);
    }
    waiting.get(key)?.(message.result ?? message.params ?? message.error);
    waiting.delete(key);
  });
  await opened;
  let next = 1;
  return {
    seen,
    send: (method, params = {}) =>
      new Promise((resolve) => {
        const id = next++;
        waiting.set(id, resolve);
        socket.write(encodeFrame(JSON.stringify({ id, method, params })));
      }),
    event: (method) =>
      new Promise((resolve) => {
        const come = events.get(method);
        if (come) resolve(come);
        else waiting.set(method, resolve);
      }),
    close: () => socket.destroy(),
  };
}

function shakeHands(socket: Socket, host: string, path: string, onText: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    let open = false;
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!open) {
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        open = true;
        bytes = bytes.subarray(end + 4);
        resolve();
      }
      for (let frame = decodeFrame(bytes); frame; frame = decodeFrame(bytes)) {
        bytes = bytes.subarray(frame.bytes);
        if (frame.text !== undefined) onText(frame.text);
      }
    });
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  });
}

/** One masked text frame, as RFC 6455 has clients send. */
function encodeFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const mask = randomBytes(4);
  const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, 0, 0]);
  if (body.length >= 126) head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, mask, body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

function decodeFrame(bytes: Buffer): { bytes: number; text?: string } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < head + length) return undefined;
  const text = ((bytes[0] ?? 0) & 0x0f) === 1 ? bytes.toString('utf8', head, head + length) : undefined;
  return text === undefined ? { bytes: head + length } : { bytes: head + length, text };
}
