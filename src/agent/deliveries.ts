import { Delivery } from '../export/delivery.js';
import type { Draft } from '../export/drafts.js';
import type { Reserve } from '../export/reserve.js';
import { type Held, Spool } from '../export/spool/spool.js';
import { tellStuckDisk } from '../files/stuck-disk.js';
import { inspect } from '../node-util.js';
import { readContainerId } from '../procfs/container.js';
import type { DeliveryOutcome } from '../protocol.js';
import type { Report } from '../report.js';
import { collectPackage, findRoot } from '../sections/package.js';
import type { SharedState } from '../shared-state.js';
import { chooseSpool } from '../state-directory.js';
import { say } from '../stderr.js';
import type { CollectSources } from './collect-sources.js';
import { tellFailure } from './failure.js';
import { nameService } from './service.js';

export interface DeliveriesOptions {
  /** As they are at the time of a report. */
  readonly readSources: () => CollectSources;
  /** Masks messages about a report. */
  readonly mask: (text: string) => string;
  readonly shared: SharedState;
  readonly reserve: Reserve;
}

interface WrittenAhead {
  /** The delivery whose draft it is: there may be another one by the time it is sent. */
  readonly ready: Delivery;
  readonly draft: Draft;
}

/** The delivery for the present settings, and those for earlier ones: it goes on with what they cannot deliver. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #earlier: Delivery[] = [];
  readonly #held: Held = new Map();
  #current: { readonly delivery: Delivery; readonly openedFor: string } | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /**
   * Stores the report, so that it survives the process: a report is stored before its first byte is printed.
   * @returns a function that sends it, and never rejects
   */
  prepare(report: Report, isWanted: boolean): () => Promise<DeliveryOutcome> {
    const { shared } = this.#options;
    const ahead = isWanted ? this.#writeAhead(report) : undefined;
    return async () => {
      if (!isWanted) {
        shared.addUndelivered(-1);
        return { taken: false, sentence: 'not sent: it was asked for with deliver: false' };
      }
      try {
        const ready = ahead?.ready ?? this.#open();
        return await ready.send(report, ahead?.draft);
      } catch (error) {
        shared.addUndelivered(-1);
        return { taken: false, sentence: tellFailure(`the delivery of report ${report.id}`, error) };
      }
    };
  }

  /** Undefined if it cannot be stored: it is sent all the same. */
  #writeAhead(report: Report): WrittenAhead | undefined {
    try {
      const ready = this.#open();
      return { ready, draft: ready.writeAhead(report) };
    } catch {
      return undefined;
    }
  }

  /** @throws Error if one cannot be started */
  #open(): Delivery {
    const sources = this.#options.readSources();
    const openedFor = identifyDelivery(sources);
    if (this.#current?.openedFor !== openedFor) {
      if (this.#current) this.#earlier.push(this.#current.delivery);
      this.#current = undefined;
      this.#current = { delivery: startDelivery(sources, this.#options, this.#held), openedFor };
    }
    const { delivery } = this.#current;
    for (const earlier of this.#earlier) delivery.succeed(earlier);
    return delivery;
  }

  /** Sends the reports that ended processes of this service have left on disk. Never rejects. */
  async adopt(): Promise<void> {
    const { readSources, mask } = this.#options;
    try {
      await this.#open().adopt(serviceOf(readSources()));
    } catch (error) {
      say(`gmr: the reports that earlier processes left are not sent: ${mask((error as Error).message)}`);
    }
  }

  /** Gives deliveries `boundMs` to end. */
  async close(boundMs: number): Promise<void> {
    const opened = this.#current ? [...this.#earlier, this.#current.delivery] : this.#earlier;
    await Promise.all(opened.map((one) => one.close(boundMs)));
  }
}

function serviceOf({ place, options, application }: CollectSources): string {
  return nameService(place, { ...collectPackage(options, place) }, application);
}

/**
 * Another delivery is needed if this text differs: `setupAutorun` may set more options than `--import`. A process that has
 * given up its privileges writes to another directory, and so does a process whose disk does not answer.
 */
function identifyDelivery({ settings, options, otlp }: CollectSources): string {
  const { spoolDir, spoolMaxMib, deliveryJitterMs } = settings;
  const isDiskStuck = tellStuckDisk() !== undefined;
  const parts = [process.getuid?.(), options, otlp, spoolDir, spoolMaxMib, deliveryJitterMs, isDiskStuck];
  // The options of an exporter may hold values that JSON cannot write.
  return inspect(parts, { depth: null, maxArrayLength: null, maxStringLength: null, sorted: true });
}

function startDelivery(sources: CollectSources, { mask, shared, reserve }: DeliveriesOptions, held: Held): Delivery {
  const { settings, place, argv, otlp, headers } = sources;
  const { directory, problem } = chooseSpool(settings.spoolDir, process.env, place.cwd);
  const about = collectPackage(sources.options, place);
  const containerId = readContainerId();
  return new Delivery({
    resource: {
      service: serviceOf(sources),
      ...(about.version ? { version: about.version } : {}),
      argv,
      application: () => sources.application.resource(),
      ...(containerId ? { containerId } : {}),
    },
    version: sources.packageVersion,
    mask,
    say,
    counters: shared,
    environment: process.env,
    otlp,
    headers: async () => (otlp.headers === 'asked' ? headers.read() : (otlp.headers ?? {})),
    from: [...new Set([findRoot(place), place.cwd])],
    declared: sources.configFile.declared,
    problems: [problem, sources.configFile.problem].filter((one) => one !== undefined),
    reserve,
    jitterMs: settings.deliveryJitterMs,
    ...(directory === undefined
      ? {}
      : {
          spool: new Spool({
            directory,
            reserve,
            held,
            maxBytes: settings.spoolMaxMib * 2 ** 20,
            tell: (sentence) => say(`gmr: ${mask(sentence)}`),
          }),
        }),
  });
}
