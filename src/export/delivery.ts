import type { Counters } from '../counters.js';
import type { Report } from '../report.js';
import { renderHeader, renderSection } from '../views/text.js';
import { type Batch, createBatchBuilder } from './batch.js';
import { oneLine } from './failure.js';
import { type LogRecordContent, toLogRecords } from './logs.js';
import { decodeLines, encodeLines, type Origin } from './otlp-lines.js';
import { createQueue, KEEP, type KeepSettings, type Queue } from './queue.js';
import { describeResource, type ResourceOptions } from './resource.js';
import { createSender } from './sender.js';
import type { Stored } from './shipment.js';
import type { Spool, SpoolFile } from './spool.js';
import { readTarget, type Target } from './target.js';

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
}

/** A report as it is to be sent. */
export interface Draft {
  readonly contents: readonly LogRecordContent[];
  readonly file: SpoolFile | undefined;
}

export interface Delivery {
  /** Loads OpenTelemetry, which takes longer than a report. */
  warm(): Promise<void>;
  /** Puts a report that has been redacted into the spool. Never rejects; says where that failed. */
  writeAhead(report: Report): Promise<Draft | undefined>;
  /**
   * Sends a report that has been redacted. Resolves with the first outcome, a sentence that has been said on stderr as
   * well; later outcomes are only said. Never rejects.
   */
  send(report: Report, draft?: Draft): Promise<string>;
  /**
   * Sends what ended processes of this service, or of any, have left in the spool; for each report its first outcome.
   * Rejects when the spool cannot be read.
   */
  adopt(service: string | undefined): Promise<readonly Promise<string>[]>;
  /** One last try of what is kept, within `boundMs`; says what is lost, and what waits. Never rejects. */
  close(boundMs: number): Promise<void>;
}

/** Sends reports to where `OTEL_*` say; OpenTelemetry is not loaded before the first one. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { mask, counters, spool, environment = process.env } = options;
  let closed = false;
  let loading: Promise<Queue> | undefined;
  const say = (line: string) => options.say(mask(line));
  const tell = (id: string, sentence: string) => say(`gmr ${id}: ${sentence}`);
  const onEnd = (waited: boolean) => {
    counters.addUndelivered(-1);
    if (waited) counters.addWaiting(-1);
  };
  const readOnce = once((): Target => {
    const target = readTarget(environment, mask);
    for (const problem of target.problems) say(`gmr: ${problem}`);
    return target;
  });
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
  const load = (target: Extract<Target, { kind: 'on' }>) => {
    loading ??= createSender(target, options.version).then((sender) =>
      createQueue({ sender, url: target.shownUrl, keep: { ...KEEP, ...options.settings }, tell, onEnd }),
    );
    // The next report tries again.
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  const builders = new Map<string, ReturnType<typeof createBatchBuilder>>();
  const build = async (from: Origin, contents: readonly LogRecordContent[]): Promise<readonly Batch[]> => {
    const key = JSON.stringify(from);
    const builder = builders.get(key) ?? createBatchBuilder(from.resource, from.version);
    if (builders.size < MAX_BUILDERS) builders.set(key, builder);
    return (await builder)(contents);
  };
  const store = (file: SpoolFile | undefined): Stored | undefined =>
    file &&
    spool && {
      place: spool.directory,
      async load() {
        const { origin: from, contents } = decodeLines(await file.readLines());
        return build(from, contents);
      },
      remove: () => file.remove(),
      setAside: (reason) => file.setAside(reason),
      touch: () => file.touch(),
      release: () => file.release(),
    };

  const refuse = (id: string, reason: string, file?: SpoolFile): string => {
    const where = file ? `it waits in ${spool?.directory}` : 'in the text only';
    const sentence = mask(`not sent, ${where}: ${reason}`);
    tell(id, sentence);
    onEnd(file !== undefined);
    return sentence;
  };
  const draft = async (report: Report): Promise<Draft | undefined> => {
    if (readOnce().kind === 'off') return undefined;
    const contents = toLogRecords(report, { renderHeader, renderSection });
    if (spool === undefined) return { contents, file: undefined };
    try {
      const about = { id: report.id, timeMs: report.timeMs, service: report.header.service };
      const file = await spool.write(about, encodeLines(origin(), contents));
      counters.addWaiting(1);
      return { contents, file };
    } catch (error) {
      tell(report.id, `${spool.directory} cannot be written to (${describe(error)}): it is sent from memory`);
      return { contents, file: undefined };
    }
  };

  return {
    async warm() {
      // The first report tells what is wrong.
      const target = readOnce();
      if (target.kind === 'off') return;
      await Promise.all([load(target), build(origin(), [])]).catch(() => {});
    },
    async writeAhead(report) {
      try {
        return await draft(report);
      } catch {
        // `send` meets it again, and says so.
        return undefined;
      }
    },
    async send(report, given) {
      counters.addUndelivered(1);
      let file = given?.file;
      try {
        const target = readOnce();
        if (target.kind === 'off') return refuse(report.id, target.reason);
        const made = given ?? (await draft(report));
        file = made?.file;
        if (closed || made === undefined) return refuse(report.id, 'closed', file);
        const [queue, batches] = await Promise.all([load(target), build(origin(), made.contents)]);
        return mask(await queue.add(report.id, batches, store(file)));
      } catch (error) {
        return refuse(report.id, describe(error), file);
      }
    },
    async adopt(service) {
      // What is wrong with it is told with a report.
      if (spool === undefined || closed || readTarget(environment, mask).kind === 'off') return [];
      const files = await spool.adopt(service);
      const target = files.length > 0 ? readOnce() : undefined;
      if (target?.kind !== 'on') return [];
      const queue = await load(target);
      return files.map((file) => {
        counters.addUndelivered(1);
        counters.addWaiting(1);
        return queue.add(file.id, [], store(file)).then(mask);
      });
    },
    async close(boundMs) {
      closed = true;
      const queue = await loading?.catch(() => undefined);
      await queue?.close(boundMs);
    },
  };
}

/** Resources whose loggers are kept: this process's, and those of some that it sends for. */
const MAX_BUILDERS = 20;

function describe(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
