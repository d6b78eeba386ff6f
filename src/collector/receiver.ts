import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Arrivals } from './arrivals.js';
import { type Memory, withRequest } from './body.js';
import type { ReportCatalogue } from './listing.js';
import { refuseForeignOrigin } from './origin.js';
import { countItems, type Signal } from './otlp.js';
import { Refusal } from './refusal.js';
import { extractReports } from './report-rows.js';
import type { StoredReport } from './reports.js';
import type { Store, Written } from './store.js';
import type { Tls } from './tls.js';
import { extractTraces, type TraceCatalogue } from './traces.js';

const SIGNALS: { readonly [path: string]: Signal } = { '/v1/logs': 'logs', '/v1/traces': 'traces' };

interface Options {
  readonly host: string;
  readonly tls: Tls | undefined;
  readonly store: Store;
  readonly reports: ReportCatalogue;
  readonly traces: TraceCatalogue;
  readonly arrivals: Arrivals;
  onReport(report: StoredReport): void;
  /** Called with a sentence; with '' when the trouble is over. */
  onTrouble(sentence: string): void;
}

/** Whether a path belongs to the receiver, for any client. */
export function isReceived(path: string): boolean {
  return path === '/healthz' || path.startsWith('/v1/');
}

/** Takes OTLP/HTTP: stores each request, puts it into the index, and tells of complete reports. */
export class Receiver {
  readonly #options: Options;
  readonly #memory: Memory = { heldBytes: 0 };

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws Refusal */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, tls } = this.#options;
    refuseForeignOrigin(request.headers, host, tls);
    const [path = ''] = (request.url ?? '/').split('?');
    if (path === '/' || path === '/healthz') {
      expectMethod(request, ['GET', 'HEAD']);
      return send(response, 'application/json', JSON.stringify({ status: 'ok', ...this.#options.arrivals.counts }));
    }
    const signal = Object.hasOwn(SIGNALS, path) ? SIGNALS[path] : undefined;
    if (!signal) throw new Refusal(404, `expected ${Object.keys(SIGNALS).join(', ')} or /healthz`);
    expectMethod(request, ['POST']);
    await withRequest(request, signal, this.#memory, async (text, value, type) => {
      await this.#take(signal, text, value);
      // An empty message is an empty body.
      send(response, type, type === 'application/json' ? '{}' : '');
    });
  }

  async #take(signal: Signal, text: string, value: unknown): Promise<void> {
    const { store, arrivals, onReport, onTrouble } = this.#options;
    const items = count(signal, value);
    if (items === 0) return;
    let written: Written | undefined;
    try {
      written = await store.append(signal, text);
      onTrouble('');
    } catch (error) {
      onTrouble(`requests cannot be stored: ${(error as Error).message}`);
      throw new Refusal(503, 'not taken: it could not be stored');
    }
    this.#learn(signal, value, written);
    for (const report of await arrivals.add(signal, value, items)) onReport(report);
  }

  /** The sender does not wait for the index: its request is stored. */
  #learn(signal: Signal, value: unknown, written: Written | undefined): void {
    const { reports, traces, onTrouble } = this.#options;
    const learnt =
      signal === 'logs'
        ? extractReports(value).then((all) => reports.add(all, written))
        : extractTraces(value).then((all) => traces.add(all, written));
    learnt.catch((error) => onTrouble(`the store cannot be read: ${(error as Error).message}`));
  }
}

function count(signal: Signal, value: unknown): number {
  try {
    return countItems(signal, value);
  } catch (error) {
    throw new Refusal(400, `not OTLP ${signal}: ${(error as Error).message}`);
  }
}

function expectMethod({ method = '' }: IncomingMessage, expected: readonly string[]): void {
  if (expected.includes(method)) return;
  const allow = expected.join(', ');
  throw new Refusal(405, `method ${method}: expected ${allow}`, { allow });
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' });
  response.end(body);
}
