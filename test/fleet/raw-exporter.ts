import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Answer, Exporter } from '../../src/export/exporter.js';
import { STALE } from '../../src/export/http/agent.js';
import { describeError, describeSilence, describeStatus, type Failure } from '../../src/export/http/failure.js';
import { readMessage, readPartialSuccess } from '../../src/export/http/response.js';
import type { SignalKind } from '../../src/export/signals.js';
import type { RecordedRequest } from './recorder.js';

type Signal = 'logs' | 'traces';
/** A body as it is sent: nothing is decoded for it and encoded again. */
type RawItem = string;

/** Of OTLP's exporters, by default. */
const TIMEOUT_MS = 10_000;

/** All that a fleet of exporters has sent. */
export interface Traffic {
  readonly startMs: number;
  /** Requests by the second in which they were sent. */
  readonly perSecond: Map<number, number>;
  readonly requests: Record<Signal, number>;
  /** Of bodies, as they are sent. */
  readonly bytes: Record<Signal, number>;
  /** Requests that were not taken, by the reason. */
  readonly failures: Map<string, number>;
  openConnections: number;
  mostConnections: number;
}

export function startTraffic(): Traffic {
  return {
    startMs: performance.now(),
    perSecond: new Map(),
    requests: { logs: 0, traces: 0 },
    bytes: { logs: 0, traces: 0 },
    failures: new Map(),
    openConnections: 0,
    mostConnections: 0,
  };
}

/** The outbox's view of a signal whose entries are bodies. */
export function rawKind(signal: Signal): SignalKind<RawItem> {
  return {
    signal,
    noun: signal === 'logs' ? 'log record' : 'span',
    lines: {
      encode: (_, contents) => [...contents],
      decode: (lines) => ({ origin: { resource: {}, version: '' }, contents: [...lines] }),
    },
    toItems: async (_, contents) => [...contents] as unknown as Awaited<ReturnType<SignalKind<RawItem>['toItems']>>,
  };
}

/** Sends a body as the agent's exporter does: its headers, one connection that is kept, its time-out, and its judgement of the answer. */
export class RawExporter implements Exporter {
  readonly #signal: Signal;
  readonly #url: string;
  readonly #recorded: RecordedRequest;
  readonly #traffic: Traffic;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(signal: Signal, endpoint: string, recorded: RecordedRequest, traffic: Traffic) {
    this.#signal = signal;
    this.#url = `${endpoint}/v1/${signal}`;
    this.#recorded = recorded;
    this.#traffic = traffic;
  }

  async send([body]: Parameters<Exporter['send']>[0]): Promise<Answer> {
    const text = body as unknown as RawItem;
    const bytes = this.#recorded.gzip ? gzipSync(text) : Buffer.from(text);
    let answer = await this.#post(bytes);
    if (answer.kind === 'refused' && answer.failure === STALE) answer = await this.#post(bytes);
    if (answer.kind === 'refused') {
      const { failures } = this.#traffic;
      failures.set(answer.failure.reason, (failures.get(answer.failure.reason) ?? 0) + 1);
    }
    return answer;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(bytes: Buffer): Promise<Answer> {
    this.#count(bytes.length);
    return new Promise((resolve) => {
      const refuse = (failure: Failure) => resolve({ kind: 'refused', failure });
      const { headers } = this.#recorded;
      const post = request(this.#url, { method: 'POST', headers, agent: this.#agent }, (response) => {
        const { statusCode = 0, statusMessage, headers: answered } = response;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => void chunks.push(chunk));
        response.on('error', (error) => refuse(describeError(error)));
        response.on('end', () => {
          clearTimeout(deadline);
          const said = { bytes: Buffer.concat(chunks), type: answered['content-type'] ?? '' };
          if (statusCode !== 200) refuse(describeStatus(statusCode, statusMessage, readMessage(said), answered));
          else resolve({ kind: 'taken', ...(readPartialSuccess(said, this.#signal) ?? { rejected: 0, message: '' }) });
        });
      });
      const deadline = setTimeout(() => {
        refuse(describeSilence(TIMEOUT_MS));
        post.destroy();
      }, TIMEOUT_MS);
      post.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(deadline);
        refuse(post.reusedSocket && error.code === 'ECONNRESET' ? STALE : describeError(error));
      });
      post.on('socket', (socket) => {
        if (post.reusedSocket) return;
        this.#traffic.openConnections += 1;
        this.#traffic.mostConnections = Math.max(this.#traffic.mostConnections, this.#traffic.openConnections);
        socket.once('close', () => {
          this.#traffic.openConnections -= 1;
        });
      });
      // Chunked, as the agent's bodies are.
      post.end(bytes);
    });
  }

  #count(bytes: number): void {
    const { startMs, perSecond, requests, bytes: sent } = this.#traffic;
    const second = Math.floor((performance.now() - startMs) / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    requests[this.#signal] += 1;
    sent[this.#signal] += bytes;
  }
}
