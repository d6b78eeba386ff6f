import type { Agent, ClientRequest } from 'node:http';
import type { OtlpHeaders } from '../../otlp-options.js';
import { startTimeLimit } from '../../time-limit.js';
import type { Answer, Exporter } from '../exporter.js';
import type { Reserve } from '../reserve.js';
import type { OtlpTarget } from '../target.js';
import type { Signal } from '../target-sources.js';
import { type AgentSettings, CUT_OFF, createAgent, STALE, type Watch } from './agent.js';
import { completeCertificates, type OwnCertificates, type Tls } from './certificates.js';
import { describeError, describeSilence, type Failure } from './failure.js';
import { Names } from './names.js';
import type { Item, OfficialExporter } from './opentelemetry.js';
import { type Body, readPartialSuccess } from './response.js';

export interface HttpSettings {
  readonly signal: Signal;
  readonly target: OtlpTarget;
  readonly certificates: OwnCertificates;
  readonly version: string;
  readonly reserve: Reserve;
  /** Headers of a request, beside those of the environment. */
  readonly headers: () => Promise<OtlpHeaders>;
}

const SUCCESS = 0;
const NOT_OTLP: Failure = { reason: 'its answer is not OTLP: is this a collector?', retryable: false };
/** Of the time-out, the share that finding the address may take. */
const NAME_SHARE = 0.6;
const MAX_NAME_MS = 3000;
/** To ask for the address, and to connect. */
const DESCRIPTORS = 2;

/**
 * Sends with the official exporters, and judges each answer itself. Their own result says little: the status is
 * dropped, a page of HTML or an answer that was cut off counts as success, and so does a partial one. So each has an HTTP
 * agent of ours, which sees its requests, and sends one request at a time, so that an answer belongs to it.
 */
export class HttpExporter implements Exporter {
  readonly #settings: HttpSettings;
  readonly #names: Names;
  /** The last one used is the next one used: its connection is still open. */
  readonly #idle: Line[] = [];
  readonly #all = new Set<Line>();
  #headers: OtlpHeaders = {};
  /** With the files of other machines; undefined until they have been read. */
  #tls: Tls | undefined;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
    this.#names = new Names(Math.min(MAX_NAME_MS, settings.target.timeoutMs * NAME_SHARE));
  }

  /** One request. Never rejects. */
  async send(items: Item[]): Promise<Answer> {
    const { target, reserve, headers } = this.#settings;
    const lent = reserve.lend(DESCRIPTORS);
    try {
      this.#headers = await headers();
      const line = this.#idle.pop() ?? (await this.#open());
      let answer = await line.send(items, target.timeoutMs);
      if (answer.kind === 'refused' && answer.failure === STALE) answer = await line.send(items, target.timeoutMs);
      if (line.isBroken) this.#all.delete(line);
      else this.#idle.push(line);
      return answer;
    } catch (error) {
      return { kind: 'refused', failure: describeError(error) };
    } finally {
      lent.end();
    }
  }

  close(): void {
    for (const line of this.#all) line.destroy();
  }

  async #open(): Promise<Line> {
    const { createOfficialExporter } = await import('./opentelemetry.js');
    const { signal, target, certificates, version } = this.#settings;
    this.#tls ??= await completeCertificates(certificates);
    const line = new Line(signal, { ...target, tls: this.#tls, names: this.#names }, (agent) =>
      createOfficialExporter(signal, target.protocol, {
        url: target.url,
        userAgent: `guru-meditation/${version}`,
        agent,
        headers: async () => ({ ...this.#headers }),
      }),
    );
    this.#all.add(line);
    return line;
  }
}

/** An official exporter and its connection. */
class Line {
  readonly #agent: Agent;
  readonly #exporter: Promise<OfficialExporter>;
  readonly #signal: Signal;
  #watch: Watch | undefined;
  isBroken = false;

  constructor(
    signal: Signal,
    settings: Omit<AgentSettings, 'readWatch'>,
    create: (agent: Agent) => Promise<OfficialExporter>,
  ) {
    this.#agent = createAgent({ ...settings, readWatch: () => this.#watch });
    this.#exporter = create(this.#agent);
    this.#signal = signal;
  }

  async send(items: Item[], timeoutMs: number): Promise<Answer> {
    const exporter = await this.#exporter;
    return new Promise((resolve) => {
      let failure: Failure | undefined;
      let body: Body | undefined;
      let request: ClientRequest | undefined;
      const settle = (answer: Answer) => {
        deadline.end();
        this.#watch = undefined;
        resolve(answer);
      };
      const deadline = startTimeLimit(() => {
        settle({ kind: 'refused', failure: describeSilence(timeoutMs) });
        this.destroy();
        request?.destroy();
      }, timeoutMs).unref();
      this.#watch = {
        started(given) {
          // The exporter would try again by itself.
          if (request !== undefined) return false;
          request = given;
          return true;
        },
        failed(given) {
          failure ??= given;
        },
        answered(given) {
          body = given;
        },
      };
      try {
        exporter.export(items, ({ code, error }) => settle(this.#judge(code, error, failure, body)));
      } catch (error) {
        settle({ kind: 'refused', failure: describeError(error) });
      }
    });
  }

  destroy(): void {
    this.isBroken = true;
    this.#agent.destroy();
  }

  #judge(code: number, error: Error | undefined, failure: Failure | undefined, body: Body | undefined): Answer {
    if (code !== SUCCESS || failure === CUT_OFF) return { kind: 'refused', failure: failure ?? describeError(error) };
    const partial = body && readPartialSuccess(body, this.#signal);
    return partial ? { kind: 'taken', ...partial } : { kind: 'refused', failure: NOT_OTLP };
  }
}
