import type { ExporterSettings } from '../exporter-option.js';
import type { OtlpHeaders } from '../otlp-options.js';
import { type Entry, TRACES_PART } from './entry.js';
import type { Exporter } from './exporter.js';
import { readCertificates } from './http/certificates.js';
import { HttpExporter } from './http/exporter.js';
import { GrpcExporter } from './module/grpc-exporter.js';
import { ModuleExporter, type ModuleExporters } from './module/module-exporter.js';
import { type AddOptions, type KeepSettings, Outbox } from './outbox.js';
import type { Reserve } from './reserve.js';
import type { SignalKind } from './signals.js';
import { readTarget, type Target } from './target.js';
import { readHeaderNames, type Signal, type TargetSources } from './target-sources.js';
import type { Origin } from './wire/otlp-lines.js';
import { type Fate, sayNotSent } from './wording.js';

export interface ChannelOptions {
  readonly sources: TargetSources;
  /** The exporters of the program's module: the same for both signals. */
  readonly openModule: (settings: ExporterSettings) => ModuleExporters;
  /** Directories in which the application's packages are looked up. */
  readonly from: readonly string[];
  /** Headers of a request; those of the environment win. */
  readonly headers: () => Promise<OtlpHeaders>;
  readonly mask: (text: string) => string;
  readonly version: string;
  readonly reserve: Reserve;
  readonly keep: KeepSettings;
  /** See `OutboxSettings`. */
  readonly breakMs: number;
  readonly tell: (id: string, sentence: string, taken: boolean) => void;
}

/** Sends the entries of one signal to its target, or nowhere if the target is off. */
export class Channel<Content> {
  /** Sentences about settings that are ignored. */
  readonly problems: readonly string[];
  readonly #kind: SignalKind<Content>;
  readonly #target: Target;
  /** Undefined if the target is off. */
  readonly #outbox: Outbox<Content> | undefined;
  #isClosed = false;

  constructor(kind: SignalKind<Content>, options: ChannelOptions) {
    const { sources, mask } = options;
    const target = readTarget(kind.signal, sources, mask);
    this.#kind = kind;
    this.#target = target;
    this.problems = target.problems;
    if (target.kind === 'off') return;
    const { exporter, problems } = createExporter(kind.signal, target, options);
    this.problems = [...target.problems, ...problems.map(mask)];
    const { keep, breakMs, tell } = options;
    this.#outbox = new Outbox({ kind, url: target.shownUrl, exporter, mask, keep, breakMs, tell });
  }

  /** Whether entries of earlier processes are to be sent. */
  get isOn(): boolean {
    return this.#outbox !== undefined;
  }

  /** Why nothing is sent now; undefined if entries are sent. */
  get offReason(): string | undefined {
    return this.#target.kind === 'off' ? this.#target.reason : this.#outbox?.openBreaker;
  }

  /** OTLP JSON Lines. */
  encode(origin: Origin, contents: readonly Content[]): readonly string[] {
    return this.#kind.lines.encode(origin, contents);
  }

  /** Resolves with the outcome of the first try. Never rejects. */
  async send(entry: Entry, options: AddOptions): Promise<Fate> {
    if (this.#outbox && !this.#isClosed) return this.#outbox.add(entry, options);
    options.onEnd();
    const reason = this.#target.kind === 'off' ? this.#target.reason : 'closed';
    const place = entry.isStored ? entry.place : undefined;
    return { taken: false, sentence: sayNotSent(entry.part === TRACES_PART, place, reason) };
  }

  /** See `Outbox`. */
  handOver(): readonly Entry[] {
    return this.#outbox?.handOver() ?? [];
  }

  /** Tries each kept entry once more; gives up those that are not taken within `boundMs`. */
  async close(boundMs: number): Promise<void> {
    this.#isClosed = true;
    await this.#outbox?.close(boundMs);
  }
}

function createExporter(
  signal: Signal,
  target: Exclude<Target, { kind: 'off' }>,
  { sources, openModule, from, headers, version, reserve }: ChannelOptions,
): { readonly exporter: Exporter; readonly problems: readonly string[] } {
  if (target.kind === 'module') {
    return { exporter: new ModuleExporter(openModule(target.exporter), signal, target.timeoutMs), problems: [] };
  }
  const { problems, ...certificates } = readCertificates(target.certificates);
  const named = readHeaderNames(signal, sources.environment);
  const declared = sources.file?.[signal]?.headers ?? {};
  // The exporters read the headers of the environment themselves.
  const readHeaders = async () => {
    const own = without(await headers(), listNames(declared));
    return without({ ...own, ...declared }, named);
  };
  const common = { signal, target, certificates, version, headers: readHeaders };
  const exporter =
    target.protocol === 'grpc' ? new GrpcExporter({ ...common, from }) : new HttpExporter({ ...common, reserve });
  return { exporter, problems };
}

function listNames(headers: OtlpHeaders): ReadonlySet<string> {
  return new Set(Object.keys(headers).map((name) => name.toLowerCase()));
}

function without(headers: OtlpHeaders, names: ReadonlySet<string>): OtlpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())));
}
