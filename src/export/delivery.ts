import { setTimeout as sleep } from 'node:timers/promises';
import type { Counters } from '../counters.js';
import type { Report } from '../report.js';
import { escapeControls } from '../views/escape.js';
import { type ChannelOptions, createChannel } from './channel.js';
import { type Draft, draftReport, isOnDisk, TRACES_PART } from './draft.js';
import type { Origin } from './otlp-lines.js';
import { createOutcomes } from './outcomes.js';
import { KEEP, type KeepSettings } from './queue.js';
import { describeResource, type ResourceOptions } from './resource.js';
import type { Fate } from './shipment.js';
import { LOGS, TRACES } from './signals.js';
import type { Spool, SpoolFile } from './spool.js';
import { readTarget, type Signal, type Target } from './target.js';

export interface DeliveryOptions {
  readonly resource: ResourceOptions;
  /** Of this package: the scope's. */
  readonly version: string;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Puts a line on stderr. */
  readonly say: (line: string) => void;
  readonly counters: Pick<Counters, 'addUndelivered' | 'addWaiting'>;
  /** Where reports wait on disk; without one, in memory. */
  readonly spool?: Spool;
  /** @default process.env; the exporter reads headers and compression from that one in any case */
  readonly environment?: { readonly [name: string]: string | undefined };
  readonly settings?: Partial<KeepSettings>;
  /** How long no spans are sent to a server that takes none; 0: they are refused as anything is. @default an hour */
  readonly restMs?: number;
}

export interface Delivery {
  /** Loads OpenTelemetry, which takes longer than a report. */
  warm(): Promise<void>;
  /** Puts a report that has been redacted into the spool. Never rejects; says where that failed. */
  writeAhead(report: Report): Promise<Draft>;
  /**
   * Sends a report that has been redacted: its log records, and its trace. Resolves with what became of both at first, a
   * sentence that has been said on stderr as well; what becomes of them later is only said. Never rejects.
   */
  send(report: Report, draft?: Draft): Promise<string>;
  /**
   * Sends what ended processes of this service, or of any, have left in the spool; for each report what became of it at
   * first. Rejects when the spool cannot be read.
   */
  adopt(service: string | undefined): Promise<readonly Promise<Fate>[]>;
  /** Lets `adopt` have what collectors refused as well. Rejects when the spool cannot be read. */
  restore(): Promise<void>;
  /** One last try of what is kept, within `boundMs`; says what is lost, and what waits. Never rejects. */
  close(boundMs: number): Promise<void>;
}

const REST_MS = 3_600_000;
/** How long a line waits for what becomes of the other signal. A crash is not held up longer than it must. */
const PATIENCE_MS = 3000;
const CRASH_PATIENCE_MS = 300;

/** Sends reports to where `OTEL_*` say; OpenTelemetry is not loaded before the first one. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { mask, counters, spool, environment = process.env, restMs = REST_MS } = options;
  let closed = false;
  const said = new Set<string>();
  const say = (line: string) => options.say(escapeControls(mask(line)));
  const sayProblem = (line: string) => {
    if (!said.has(line)) say(line);
    said.add(line);
  };
  const tell = (id: string, sentence: string) => say(`gmr ${id}: ${sentence}`);
  let known: { readonly application: unknown; readonly origin: Origin } | undefined;
  /** Another one when the application's SDK has said something else. */
  const origin = (): Origin => {
    const application = options.resource.application?.();
    if (known?.application !== application || known === undefined) {
      const resource = describeResource(options.resource, mask, environment);
      known = { application, origin: { resource, version: options.version } };
    }
    return known.origin;
  };
  const outcomes = createOutcomes(tell);
  const readOnce = (signal: Signal) =>
    once((): Target => {
      const target = readTarget(signal, environment, mask);
      for (const problem of target.problems) sayProblem(`gmr: ${problem}`);
      return target;
    });
  const common: Omit<ChannelOptions, 'readTarget'> = {
    spool,
    mask,
    keep: { ...KEEP, ...options.settings },
    readOrigin: origin,
    tell: outcomes.sayLater,
  };
  const logs = createChannel(LOGS, { ...common, readTarget: readOnce('logs') });
  const traces = createChannel(restMs > 0 ? { ...TRACES, restMs } : TRACES, {
    ...common,
    readTarget: readOnce('traces'),
  });

  const draft = async (report: Report): Promise<Draft> => {
    const drafted = await draftReport(report, { logs, traces, spool, tell });
    if (isOnDisk(drafted)) counters.addWaiting(1);
    return drafted;
  };

  /** What takes a report off the count, when all that is sent of it is off our hands. */
  const count = (shipments: number, isStored: boolean) => {
    let left = shipments;
    return () => {
      left -= 1;
      if (left > 0) return;
      counters.addUndelivered(-1);
      if (isStored) counters.addWaiting(-1);
    };
  };
  const channelOf = (file: SpoolFile) => (file.part === TRACES_PART ? traces : logs);

  return {
    // The first report tells what is wrong.
    async warm() {
      await Promise.all([logs.warm(), traces.warm()]);
    },
    writeAhead: draft,
    async send(report, given) {
      counters.addUndelivered(1);
      // In a later turn in any case: what follows may load OpenTelemetry, and who waits for it goes on meanwhile.
      const made = await (given ?? draft(report));
      const parcels = [made.logs, made.traces].filter((parcel) => parcel !== undefined);
      const onEnd = count(Math.max(1, parcels.length), isOnDisk(made));
      if (parcels.length === 0) onEnd();
      const fates = [
        ...made.refusals.map(async (sentence) => ({ taken: false, sentence })),
        ...(made.logs ? [logs.send(made.logs, onEnd)] : []),
        ...(made.traces ? [traces.send(made.traces, onEnd)] : []),
      ];
      const patienceMs = report.trigger.kind === 'crash' ? CRASH_PATIENCE_MS : PATIENCE_MS;
      return mask((await outcomes.sayFirst(report.id, fates, patienceMs)).sentence);
    },
    async adopt(service) {
      // What is wrong with it is told with a report.
      const isOn = (signal: Signal) => readTarget(signal, environment, mask).kind === 'on';
      const on = { logs: isOn('logs'), traces: isOn('traces') };
      if (spool === undefined || closed) return [];
      const files = await spool.adopt(service, (part) => (part === TRACES_PART ? on.traces : on.logs));
      return [...groupById(files)].map(async ([id, parts]) => {
        counters.addUndelivered(1);
        counters.addWaiting(1);
        const onEnd = count(parts.length, true);
        const fates = parts.map((file) => channelOf(file).send(channelOf(file).take(file), onEnd));
        const { taken, sentence } = await outcomes.sayFirst(id, fates, PATIENCE_MS);
        return { taken, sentence: mask(sentence) };
      });
    },
    async restore() {
      await spool?.restore();
    },
    async close(boundMs) {
      closed = true;
      await Promise.all([logs.close(boundMs), traces.close(boundMs)]);
      await Promise.race([outcomes.settled(), sleep(boundMs, undefined, { ref: false })]);
    },
  };
}

function groupById(files: readonly SpoolFile[]): ReadonlyMap<string, SpoolFile[]> {
  const groups = new Map<string, SpoolFile[]>();
  for (const file of files) groups.set(file.id, [...(groups.get(file.id) ?? []), file]);
  return groups;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
