import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { ReportExporter } from '../../exporter-option.js';
import type { OtlpHeaders } from '../../otlp-options.js';
import type { Answer, Exporter } from '../exporter.js';
import { completeCertificates, type OwnCertificates, type Tls } from '../http/certificates.js';
import { hideFiles } from '../http/hidden-variables.js';
import type { Item } from '../http/opentelemetry.js';
import type { OtlpTarget } from '../target.js';
import type { Signal } from '../target-sources.js';
import { findModule, loadModule } from './load.js';
import { answerInTime, exportAll } from './module-exporter.js';
import { guardThread } from './thread-guard.js';

export interface GrpcSettings {
  readonly signal: Signal;
  readonly target: OtlpTarget;
  readonly certificates: OwnCertificates;
  readonly version: string;
  /** Headers of a request, beside those of the environment. */
  readonly headers: () => Promise<OtlpHeaders>;
  /** Directories in which the packages are looked up. */
  readonly from: readonly string[];
}

/** The packages of OpenTelemetry, which the application has installed. */
const PACKAGES = {
  logs: { name: '@opentelemetry/exporter-logs-otlp-grpc', exporter: 'OTLPLogExporter' },
  traces: { name: '@opentelemetry/exporter-trace-otlp-grpc', exporter: 'OTLPTraceExporter' },
} as const;

/** The part of `@grpc/grpc-js` that is used. */
interface Grpc {
  readonly credentials: {
    createInsecure(): object;
    createSsl(ca: Buffer | null, key: Buffer | null, cert: Buffer | null): object;
  };
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/** How much longer than the exporter's own time-out we wait, so that its reason is heard. */
const PATIENCE_MS = 500;

/** Sends with the application's own OTLP exporter over gRPC, which is larger than all of this package. */
export class GrpcExporter implements Exporter {
  readonly #settings: GrpcSettings;
  #tls: Tls | undefined;
  /** An exporter's metadata are fixed: other headers need another exporter. */
  #open: { readonly exporter: ReportExporter; readonly headers: string } | undefined;

  constructor(settings: GrpcSettings) {
    this.#settings = settings;
  }

  send(items: Item[]): Promise<Answer> {
    return answerInTime(() => this.#export(items), this.#settings.target.timeoutMs, PATIENCE_MS);
  }

  close(): void {
    this.#open?.exporter.shutdown?.().catch(() => {});
    this.#open = undefined;
  }

  async #export(items: Item[]): Promise<Answer> {
    const headers = await this.#settings.headers();
    this.#tls ??= await completeCertificates(this.#settings.certificates);
    const shown = JSON.stringify(headers);
    if (this.#open?.headers !== shown) {
      this.close();
      this.#open = { exporter: create(this.#settings, this.#tls, headers), headers: shown };
    }
    const { hearPartialSuccess } = await import('./partial-success.js');
    const readRejected = hearPartialSuccess(this.#settings.signal);
    const answer = await exportAll(this.#open.exporter, items);
    return answer.kind === 'taken' ? { ...answer, ...readRejected() } : answer;
  }
}

/** @throws Error if the package is not installed or cannot be loaded */
function create(settings: GrpcSettings, tls: Tls, headers: OtlpHeaders): ReportExporter {
  const { signal, target, version, from } = settings;
  const { name, exporter } = PACKAGES[signal];
  guardThread(name);
  const { file, exports } = loadModule(name, from);
  const { credentials, Metadata } = loadGrpc(file);
  const metadata = new Metadata();
  for (const [header, value] of Object.entries(headers)) metadata.set(header, value);
  const { [exporter]: Exporter } = exports as { [name: string]: new (options: object) => ReportExporter };
  if (Exporter === undefined) throw new Error(`${name} has no ${exporter}`);
  const { ca = null, key = null, cert = null } = tls;
  const options = {
    url: target.url,
    timeoutMillis: target.timeoutMs,
    compression: target.gzip ? 'gzip' : 'none',
    credentials: target.url.startsWith('https:') ? credentials.createSsl(ca, key, cert) : credentials.createInsecure(),
    metadata,
    userAgent: `guru-meditation/${version}`,
  };
  return hideFiles(() => new Exporter(options));
}

/** The copy that the exporter uses: credentials and metadata are instances of its classes. */
function loadGrpc(file: string): Grpc {
  const base = findModule('@opentelemetry/otlp-grpc-exporter-base', [dirname(file)]);
  return createRequire(base)('@grpc/grpc-js') as Grpc;
}
