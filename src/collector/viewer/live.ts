import type { ServerResponse } from 'node:http';
import { Refusal } from '../refusal.js';
import { PAGE_HEADERS } from './page.js';

const MAX_READERS = 100;
const HEARTBEAT_MS = 20_000;
/** A reader that takes nothing is let go. */
const MAX_WAITING_BYTES = 64 * 1024;

/** Tells open pages that a report has come, by server-sent events. */
export class Live {
  readonly #readers = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;

  /** @throws Refusal */
  open(response: ServerResponse): void {
    if (this.#readers.size >= MAX_READERS) throw new Refusal(503, 'too many open pages');
    response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('retry: 3000\n\n');
    this.#readers.add(response);
    response.on('close', () => this.#readers.delete(response));
    this.#timer ??= setInterval(() => this.#write(': \n\n'), HEARTBEAT_MS).unref();
  }

  /** @param id the report's */
  tell(id: string): void {
    this.#write(`event: report\ndata: ${id}\n\n`);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const reader of this.#readers) reader.destroy();
  }

  #write(text: string): void {
    for (const reader of this.#readers) {
      if (reader.writableLength > MAX_WAITING_BYTES) reader.destroy();
      else reader.write(text);
    }
  }
}
