import { readHeaderNames, readTarget, type Target } from '../otel-environment.js';
import type { OtlpHeaders, OtlpSettings } from '../otlp-options.js';
import { type Entry, TRACES_PART } from './entry.js';
import { readCertificates } from './http/certificates.js';
import { Exporter } from './http/exporter.js';
import { type AddOptions, type KeepSettings, Outbox } from './outbox.js';
import type { Reserve } from './reserve.js';
import type { SignalKind } from './signals.js';
import type { Origin } from './wire/otlp-lines.js';
import { type Fate, sayNotSent } from './wording.js';

export interface ChannelOptions {
  readonly environment: { readonly [name: string]: string | undefined };
  readonly otlp: OtlpSettings;
  /** Those of the environment win. */
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
    const { environment, otlp, headers, mask, version, reserve, ...rest } = options;
    const target = readTarget(kind.signal, environment, mask, otlp);
    this.#kind = kind;
    this.#target = target;
    this.problems = target.problems;
    if (target.kind === 'off') return;
    const { problems, ...certificates } = readCertificates(target.certificates);
    const named = readHeaderNames(kind.signal, environment);
    const others = async () => without(await headers(), named);
    const exporter = new Exporter({ signal: kind.signal, target, certificates, version, reserve, headers: others });
    this.problems = [...target.problems, ...problems.map(mask)];
    this.#outbox = new Outbox({ kind, url: target.shownUrl, exporter, mask, ...rest });
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

  /** Tries each kept entry once more; gives up those that are not taken within `boundMs`. */
  async close(boundMs: number): Promise<void> {
    this.#isClosed = true;
    await this.#outbox?.close(boundMs);
  }
}

function without(headers: OtlpHeaders, names: ReadonlySet<string>): OtlpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())));
}
