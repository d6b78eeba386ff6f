import { setTimeout as sleep } from 'node:timers/promises';
import type { ExporterSettings } from '../exporter-option.js';
import type { DeliveryOutcome } from '../protocol.js';
import type { Report } from '../report.js';
import type { Level } from '../stderr.js';
import { escapeControls } from '../views/escape.js';
import { Channel } from './channel.js';
import type { DeliveryOptions } from './delivery-options.js';
import { type Draft, Drafts, isOnDisk } from './drafts.js';
import { type Entry, TRACES_PART } from './entry.js';
import { ModuleExporters } from './module/module-exporter.js';
import { type AddOptions, KEEP } from './outbox.js';
import { createOutcomes } from './outcomes.js';
import { Reserve } from './reserve.js';
import { LOGS, TRACES } from './signals.js';
import type { LogRecordContent, SpanContent } from './wire/contents.js';
import type { Fate } from './wording.js';

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
  readonly #drafts: Drafts;
  #modules: ModuleExporters | undefined;
  #areProblemsSaid = false;
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
      from = [process.cwd()],
      declared,
    } = options;
    const keep = { ...KEEP, ...settings };
    const common = {
      sources: { environment, options: otlp, file: declared },
      openModule: (exporter: ExporterSettings) => {
        this.#modules ??= new ModuleExporters(exporter, from);
        return this.#modules;
      },
      from,
      headers,
      mask,
      version,
      reserve,
      keep,
      tell: this.#outcomes.sayLater,
    };
    this.#options = options;
    this.#logs = new Channel(LOGS, { ...common, breakMs: 0 });
    this.#traces = new Channel(TRACES, { ...common, breakMs });
    this.#drafts = new Drafts(this.#logs, this.#traces, options, (line) => this.#say(line));
  }

  /** Loads the SDK, which takes longer to load than a report to make. Never rejects. */
  async warm(): Promise<void> {
    if (this.#logs.isOn || this.#traces.isOn) await import('./http/opentelemetry.js').catch(() => {});
  }

  /** Puts a report that has been redacted into the spool. Never throws; says if that failed. */
  writeAhead(report: Report): Draft {
    this.#sayProblems();
    const draft = this.#drafts.make(report);
    if (isOnDisk(draft)) this.#options.counters.addWaiting(1);
    return draft;
  }

  /**
   * Sends a report that has been redacted: its log records, and its trace. Resolves with the first outcome of both, whose
   * sentence has been said on stderr as well; later outcomes are only said. The caller has counted the
   * report as undelivered: it is taken off the count here when none of its entries is left. Never rejects.
   */
  async send(report: Report, given?: Draft): Promise<DeliveryOutcome> {
    const { mask, jitterMs = 0 } = this.#options;
    const isUrgent = report.trigger.kind === 'crash';
    const draft = given ?? this.writeAhead(report);
    const entries = [draft.logs, draft.traces].filter((entry) => entry !== undefined);
    const onEnd = this.#count(Math.max(1, entries.length), isOnDisk(draft));
    // At once: the program may end as soon as the caller tells it of the report.
    if (entries.length === 0) onEnd();
    // The caller goes on before anything is read again or loaded.
    await undefined;
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
    const { spool } = this.#options;
    if (spool === undefined || this.#isClosed) return [];
    return this.#takeOver(
      await spool.adopt(service, (part) => (part === TRACES_PART ? this.#traces : this.#logs).isOn),
    );
  }

  /** Goes on with the reports that a delivery with other settings could not deliver yet. */
  succeed(earlier: Delivery): void {
    const entries = [
      ...(this.#logs.isOn ? earlier.#logs.handOver() : []),
      ...(this.#traces.isOn ? earlier.#traces.handOver() : []),
    ];
    this.#takeOver(entries);
  }

  #takeOver(entries: readonly Entry[]): readonly Promise<Fate>[] {
    const { mask, counters } = this.#options;
    return [...groupById(entries)].map(async ([id, parts]) => {
      const isStored = parts.some((entry) => entry.isStored);
      counters.addUndelivered(1);
      if (isStored) counters.addWaiting(1);
      const onEnd = this.#count(parts.length, isStored);
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

  #send(entry: Entry, options: AddOptions): Promise<Fate> {
    return (entry.part === TRACES_PART ? this.#traces : this.#logs).send(entry, options);
  }

  /** Returns a function to call at the end of each entry of a report: the last call takes the report off the counts. */
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

  #sayProblems(): void {
    const problems = [...(this.#options.problems ?? []), ...this.#logs.problems, ...this.#traces.problems];
    for (const one of this.#areProblemsSaid ? [] : new Set(problems)) this.#say(`gmr: ${one}`);
    this.#areProblemsSaid = true;
  }

  #say(line: string, level: Level = 'warn'): void {
    this.#options.say(escapeControls(this.#options.mask(line)), level);
  }
}

function groupById(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.id, [...(groups.get(entry.id) ?? []), entry]);
  return groups;
}
