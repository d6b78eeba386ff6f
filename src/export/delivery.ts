import { setTimeout as sleep } from 'node:timers/promises';
import { readTarget, type Signal, type Target } from '../otel-environment.js';
import type { OtlpHeaders, OtlpSettings } from '../otlp-options.js';
import type { DeliveryOutcome } from '../protocol.js';
import type { Report } from '../report.js';
import type { SharedState } from '../shared-state.js';
import type { Level } from '../stderr.js';
import { escapeControls } from '../views/escape.js';
import { renderHeader, renderSection } from '../views/text.js';
import { Channel } from './channel.js';
import { type Entry, holdInMemory, TRACES_PART } from './entry.js';
import { oneLine } from './http/failure.js';
import { type AddOptions, KEEP, type KeepSettings } from './outbox.js';
import { createOutcomes } from './outcomes.js';
import { Reserve } from './reserve.js';
import { describeResource, type ResourceOptions } from './resource.js';
import { LOGS, TRACES } from './signals.js';
import type { Spool } from './spool/spool.js';
import type { LogRecordContent, SpanContent } from './wire/contents.js';
import { toLogRecords } from './wire/logs.js';
import type { Origin } from './wire/otlp-lines.js';
import { toSpans } from './wire/trace.js';
import { type Fate, sayNotSent } from './wording.js';

export interface DeliveryOptions {
  readonly resource: ResourceOptions;
  /** Of this package: the scope's. */
  readonly version: string;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Puts a line on stderr. */
  readonly say: (line: string, level: Level) => void;
  readonly counters: Pick<SharedState, 'addUndelivered' | 'addWaiting'>;
  /** Reports wait there on disk. @default they wait in memory */
  readonly spool?: Spool;
  /** Said with the first report. */
  readonly problem?: string | undefined;
  /** @default one that holds nothing */
  readonly reserve?: Reserve;
  /** @default process.env; the exporter reads headers from that one in any case */
  readonly environment?: { readonly [name: string]: string | undefined };
  /** For settings that the environment does not have. @default {} */
  readonly otlp?: OtlpSettings;
  /** Headers beside those of the environment. Its rejection fails the request. @default none */
  readonly headers?: () => Promise<OtlpHeaders>;
  readonly settings?: Partial<KeepSettings>;
  /** How long no spans are sent to a server that takes no spans; 0: a refusal is handled as any other. @default an hour */
  readonly breakMs?: number;
  /** A report is held back for a random time up to this before its first try, so that a fleet does not reach its collector at once. @default 0 */
  readonly jitterMs?: number;
}

/** A report, ready to be sent. */
export interface Draft {
  readonly logs: Entry | undefined;
  readonly traces: Entry | undefined;
  /** Why something of it is not to be sent, a sentence each. */
  readonly refusals: readonly string[];
}

const BREAK_MS = 3_600_000;
/** How long a line waits for the other signal's outcome. A crash waits less: the process is about to end. */
const PATIENCE_MS = 3000;
const CRASH_PATIENCE_MS = 300;

/** Sends reports to the targets that `OTEL_*` name. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #outcomes = createOutcomes((id, sentence, taken) =>
    this.#say(`gmr ${id}: ${sentence}`, taken || !(this.#logs.isOn || this.#traces.isOn) ? 'info' : 'warn'),
  );
  readonly #logs: Channel<LogRecordContent>;
  readonly #traces: Channel<SpanContent>;
  #origin: { readonly application: unknown; readonly origin: Origin } | undefined;
  #areProblemsSaid = false;
  /** The last report whose part could not be written to the spool. */
  #unwritten = '';
  #isClosed = false;

  constructor(options: DeliveryOptions) {
    const {
      mask,
      version,
      settings,
      environment = process.env,
      otlp = {},
      headers = async () => ({}),
      reserve = new Reserve(0),
      breakMs = BREAK_MS,
    } = options;
    const keep = { ...KEEP, ...settings };
    const common = { environment, otlp, headers, mask, version, reserve, keep, tell: this.#outcomes.sayLater };
    this.#options = options;
    this.#logs = new Channel(LOGS, { ...common, breakMs: 0 });
    this.#traces = new Channel(TRACES, { ...common, breakMs });
  }

  /** Loads the SDK, which takes longer than a report. Never rejects. */
  async warm(): Promise<void> {
    if (this.#logs.isOn || this.#traces.isOn) await import('./http/opentelemetry.js').catch(() => {});
  }

  /** Puts a report that has been redacted into the spool. Never throws; says if that failed. */
  writeAhead(report: Report): Draft {
    this.#sayProblems();
    const refusals: string[] = [];
    const make = <C>(channel: Channel<C>, part: string, list: () => readonly C[]) => {
      if (channel.offReason !== undefined) return undefined;
      try {
        return this.#store(report, part, channel.encode(this.#readOrigin(), list()));
      } catch (error) {
        refusals.push(sayNotSent(part === TRACES_PART, undefined, describe(error)));
        return undefined;
      }
    };
    const logs = make(this.#logs, report.supplement ? `late-${report.supplement.number}` : '', () =>
      toLogRecords(report, { renderHeader, renderSection }),
    );
    // A supplement comes when the trace has gone: it is a record.
    const traces = report.supplement ? undefined : make(this.#traces, TRACES_PART, () => toSpans(report));
    if (!logs && !traces && refusals.length === 0)
      refusals.push(sayNotSent(false, undefined, this.#logs.offReason ?? ''));
    const draft = { logs, traces, refusals };
    if (isOnDisk(draft)) this.#options.counters.addWaiting(1);
    return draft;
  }

  /**
   * Sends a report that has been redacted: its log records, and its trace. Resolves with the first outcome of both, whose
   * sentence has been said on stderr as well; later outcomes are only said. The caller has counted the
   * report as undelivered: it is taken off the count here, once no entry of it is left. Never rejects.
   */
  async send(report: Report, given?: Draft): Promise<DeliveryOutcome> {
    const { mask, jitterMs = 0 } = this.#options;
    const isUrgent = report.trigger.kind === 'crash';
    const draft = given ?? this.writeAhead(report);
    // The caller goes on before anything is read again or loaded.
    await undefined;
    const entries = [draft.logs, draft.traces].filter((entry) => entry !== undefined);
    const onEnd = this.#count(Math.max(1, entries.length), isOnDisk(draft));
    if (entries.length === 0) onEnd();
    const delayMs = isUrgent ? 0 : Math.random() * jitterMs;
    const [logs, traces] = [draft.logs, draft.traces].map((entry) =>
      entry === undefined ? undefined : this.#send(entry, { isUrgent, delayMs, onEnd }),
    );
    const fates = [
      ...draft.refusals.map(async (sentence) => ({ taken: false, sentence })),
      ...[logs, traces].filter((fate) => fate !== undefined),
    ];
    const { taken, sentence } = await this.#outcomes.sayFirst(
      report.id,
      fates,
      isUrgent ? CRASH_PATIENCE_MS : PATIENCE_MS,
    );
    return {
      taken,
      ...(logs ? { logs: (await logs).taken } : {}),
      ...(traces ? { traces: (await traces).taken } : {}),
      sentence: mask(sentence),
    };
  }

  /**
   * Sends the reports of ended processes of this service, or of any, that wait in the spool; for each report its first
   * outcome. Rejects if the spool cannot be read.
   */
  async adopt(service: string | undefined): Promise<readonly Promise<Fate>[]> {
    const { spool, mask, counters } = this.#options;
    if (spool === undefined || this.#isClosed) return [];
    const entries = await spool.adopt(service, (part) => (part === TRACES_PART ? this.#traces : this.#logs).isOn);
    return [...groupById(entries)].map(async ([id, parts]) => {
      counters.addUndelivered(1);
      counters.addWaiting(1);
      const onEnd = this.#count(parts.length, true);
      const fates = parts.map((entry) => this.#send(entry, { isUrgent: false, delayMs: 0, onEnd }));
      const { taken, sentence } = await this.#outcomes.sayFirst(id, fates, PATIENCE_MS);
      return { taken, sentence: mask(sentence) };
    });
  }

  /** Lets `adopt` send quarantined entries as well. Rejects if the spool cannot be read. */
  async restore(): Promise<void> {
    await this.#options.spool?.restore();
  }

  /** Tries each kept entry once more, within `boundMs`; says which are lost and which wait. Never rejects. */
  async close(boundMs: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#logs.close(boundMs), this.#traces.close(boundMs)]);
    await Promise.race([this.#outcomes.settled(), sleep(boundMs, undefined, { ref: false })]);
  }

  #store({ id, timeMs, header }: Report, part: string, lines: readonly string[]): Entry {
    const { spool } = this.#options;
    if (spool === undefined) return holdInMemory(id, part, lines);
    try {
      return spool.write({ id, timeMs, service: header.service, part }, lines);
    } catch (error) {
      if (this.#unwritten !== id)
        this.#say(`gmr ${id}: ${spool.directory} cannot be written to (${describe(error)}): it is sent from memory`);
      this.#unwritten = id;
      return holdInMemory(id, part, lines);
    }
  }

  #send(entry: Entry, options: AddOptions): Promise<Fate> {
    return (entry.part === TRACES_PART ? this.#traces : this.#logs).send(entry, options);
  }

  /** A function that takes a report off the count, once all entries of it are off our hands. */
  #count(entries: number, isStored: boolean): () => void {
    const { counters } = this.#options;
    let left = entries;
    return () => {
      left -= 1;
      if (left > 0) return;
      counters.addUndelivered(-1);
      if (isStored) counters.addWaiting(-1);
    };
  }

  /** Another one when the application's SDK has said something else. */
  #readOrigin(): Origin {
    const { resource, mask, environment, version } = this.#options;
    const application = resource.application?.();
    if (this.#origin === undefined || this.#origin.application !== application)
      this.#origin = { application, origin: { resource: describeResource(resource, mask, environment), version } };
    return this.#origin.origin;
  }

  #sayProblems(): void {
    const { problem } = this.#options;
    const problems = [...(problem ? [problem] : []), ...this.#logs.problems, ...this.#traces.problems];
    for (const one of this.#areProblemsSaid ? [] : new Set(problems)) this.#say(`gmr: ${one}`);
    this.#areProblemsSaid = true;
  }

  #say(line: string, level: Level = 'warn'): void {
    this.#options.say(escapeControls(this.#options.mask(line)), level);
  }
}

/** Signals to which the environment gives a place, and the URLs without credentials. */
export function listTargets(
  environment: { readonly [name: string]: string | undefined },
  mask: (text: string) => string,
): readonly Target[] {
  return (['logs', 'traces'] satisfies Signal[]).map((signal) => readTarget(signal, environment, mask));
}

/** Whether the log records, or else the trace, outlive the process. */
function isOnDisk({ logs, traces }: Draft): boolean {
  return (logs ?? traces)?.isStored === true;
}

function groupById(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.id, [...(groups.get(entry.id) ?? []), entry]);
  return groups;
}

function describe(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
