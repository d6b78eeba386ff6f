import type { ExporterSettings, ReportExporter, ReportExporters } from '../../exporter-option.js';
import { startTimeLimit } from '../../time-limit.js';
import type { Answer, Exporter } from '../exporter.js';
import { describeExport } from '../http/export-error.js';
import { describeSilence, type Failure, messageOf } from '../http/failure.js';
import type { Item } from '../http/opentelemetry.js';
import type { Signal } from '../target-sources.js';
import { loadModule } from './load.js';
import { guardThread } from './thread-guard.js';

/** The exporters that a program's module makes: loaded once, when the first report is sent. */
export class ModuleExporters {
  readonly #settings: ExporterSettings;
  readonly #from: readonly string[];
  #made: Promise<ReportExporters> | undefined;

  constructor(settings: ExporterSettings, from: readonly string[]) {
    this.#settings = settings;
    this.#from = from;
  }

  /** Rejects if they cannot be made; the next call tries again. */
  async open(): Promise<ReportExporters> {
    this.#made ??= this.#make();
    try {
      return await this.#made;
    } catch (error) {
      this.#made = undefined;
      throw error;
    }
  }

  close(): void {
    const made = this.#made;
    this.#made = undefined;
    const end = async () => {
      const { logs, traces } = (await made) ?? {};
      await Promise.all([logs?.shutdown?.(), traces?.shutdown?.()]);
    };
    end().catch(() => {});
  }

  async #make(): Promise<ReportExporters> {
    const { module, options } = this.#settings;
    guardThread(module);
    const factory = findDefault(loadModule(module, this.#from).exports);
    if (typeof factory !== 'function')
      throw new Error(`its default export is of type ${typeof factory}: expected a function that returns exporters`);
    const made: unknown = await factory(options);
    if (!isExporter((made as ReportExporters | undefined)?.logs))
      throw new Error('its default export returned no { logs }: expected a LogRecordExporter');
    return made as ReportExporters;
  }
}

const NO_EXPORTER: Failure = { reason: 'it has no exporter for them', retryable: false, unwanted: 'choice' };
const SUCCESS = 0;

/** Sends with the exporter of a program's module, within a time-out for all of it. */
export class ModuleExporter implements Exporter {
  readonly #exporters: ModuleExporters;
  readonly #signal: Signal;
  readonly #timeoutMs: number;

  constructor(exporters: ModuleExporters, signal: Signal, timeoutMs: number) {
    this.#exporters = exporters;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
  }

  send(items: Item[]): Promise<Answer> {
    return answerInTime(() => this.#export(items), this.#timeoutMs);
  }

  close(): void {
    this.#exporters.close();
  }

  async #export(items: Item[]): Promise<Answer> {
    const exporter = (await this.#exporters.open())[this.#signal];
    return isExporter(exporter) ? exportAll(exporter, items) : { kind: 'refused', failure: NO_EXPORTER };
  }
}

/** Resolves with the answer of `work`. An error of it, and no answer in time, are worth another try. Never rejects. */
export function answerInTime(work: () => Promise<Answer>, timeoutMs: number, patienceMs = 0): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer) => {
      deadline.end();
      resolve(answer);
    };
    const silence = () => settle({ kind: 'refused', failure: describeSilence(timeoutMs) });
    const deadline = startTimeLimit(silence, timeoutMs + patienceMs).unref();
    work().then(settle, (error: unknown) =>
      settle({ kind: 'refused', failure: { reason: messageOf(error), retryable: true } }),
    );
  });
}

/** @throws as the exporter does */
export function exportAll(exporter: ReportExporter, items: Item[]): Promise<Answer> {
  return new Promise((resolve) => {
    exporter.export(items as never[], (result) => {
      if (result?.code === SUCCESS) resolve({ kind: 'taken', rejected: 0, message: '' });
      else resolve({ kind: 'refused', failure: describeExport(result?.error) });
    });
  });
}

/** `module.exports = f`, `exports.default = f`, or `export default f`, which a compiler may have made the second one. */
function findDefault(exports: unknown): unknown {
  if (typeof exports !== 'object' || exports === null || !('default' in exports)) return exports;
  const { default: made } = exports;
  return typeof made === 'object' && made !== null && 'default' in made ? made.default : made;
}

function isExporter(value: unknown): value is ReportExporter {
  return typeof (value as ReportExporter | undefined)?.export === 'function';
}
