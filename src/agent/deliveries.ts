import { Delivery } from '../export/delivery.js';
import type { Reserve } from '../export/reserve.js';
import { Spool } from '../export/spool/spool.js';
import { tellStuckDisk } from '../files/stuck-disk.js';
import { readContainerId } from '../procfs/container.js';
import { collectPackage } from '../sections/package.js';
import type { SharedState } from '../shared-state.js';
import { chooseSpool } from '../state-directory.js';
import { say } from '../stderr.js';
import type { CollectSources } from './collect.js';
import { nameService } from './service.js';

export interface DeliveriesOptions {
  /** As they are at the time of a report. */
  readonly readSources: () => CollectSources;
  /** Masks messages about a report. */
  readonly mask: (text: string) => string;
  readonly shared: SharedState;
  readonly reserve: Reserve;
}

/** The delivery for the settings of now, and those that were opened for others: they still hold reports. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #earlier: Delivery[] = [];
  #current: { readonly delivery: Delivery; readonly openedFor: string } | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** @throws Error if one cannot be started */
  open(): Delivery {
    const sources = this.#options.readSources();
    const openedFor = identifyDelivery(sources);
    if (this.#current?.openedFor === openedFor) return this.#current.delivery;
    if (this.#current) this.#earlier.push(this.#current.delivery);
    this.#current = undefined;
    this.#current = { delivery: startDelivery(sources, this.#options), openedFor };
    return this.#current.delivery;
  }

  /** Sends what ended processes of this service have left on disk. Never rejects. */
  async adopt(): Promise<void> {
    const { readSources, mask } = this.#options;
    try {
      await this.open().adopt(serviceOf(readSources()));
    } catch (error) {
      say(`gmr: what earlier processes left is not sent: ${mask((error as Error).message)}`);
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
 * Another one is needed where this differs: `setupAutorun` may say more than `--import` has, and a process that has
 * given up its privileges has another directory to write to, and so has one whose disk does not answer.
 */
function identifyDelivery({ settings, options, otlp }: CollectSources): string {
  const { spoolDir, spoolMaxMib, deliveryJitterMs } = settings;
  const isDiskStuck = tellStuckDisk() !== undefined;
  return JSON.stringify([process.getuid?.(), options, otlp, spoolDir, spoolMaxMib, deliveryJitterMs, isDiskStuck]);
}

function startDelivery(sources: CollectSources, { mask, shared, reserve }: DeliveriesOptions): Delivery {
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
    problem,
    reserve,
    jitterMs: settings.deliveryJitterMs,
    ...(directory === undefined
      ? {}
      : {
          spool: new Spool({
            directory,
            reserve,
            maxBytes: settings.spoolMaxMib * 2 ** 20,
            tell: (sentence) => say(`gmr: ${mask(sentence)}`),
          }),
        }),
  });
}
