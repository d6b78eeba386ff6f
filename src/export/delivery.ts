import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Counters } from '../counters.js';
import type { Report } from '../report.js';
import { createAttempts } from './attempt.js';
import { readDestination } from './destination.js';
import { createEmitter } from './emit.js';
import { type SectionRecord, toLogRecords } from './logs.js';
import { makeResource, type ResourceSources } from './resource.js';

export interface DeliverySources {
  readonly resource: ResourceSources;
  /** Of this package. */
  readonly version: string;
  mask(text: string): string;
  say(line: string): void;
  readonly counters: Counters;
  readonly environment: { readonly [name: string]: string | undefined };
}

export interface Delivery {
  /** Resolves with what first became of it, in a sentence, which is also said. Never rejects. */
  send(report: Report): Promise<string>;
  /** One more try of what is kept, within `boundMs`; says what is lost. */
  close(boundMs: number): Promise<void>;
}

/** Reports kept for another try, and for how long; the first tries come after these milliseconds, doubled each time. */
const MAX_KEPT = 20;
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const MAX_KEPT_MS = 5 * 60_000;
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;
/** Collectors take 4 MiB over gRPC, behind whatever takes ours. */
const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** A report on its way, its requests in order. */
interface Parcel {
  readonly id: string;
  readonly requests: ReadableLogRecord[][];
  readonly count: number;
  readonly bytes: number;
  readonly sinceMs: number;
  /** Requests that were taken. */
  done: number;
  tries: number;
  but: string;
}

/** Sends reports as log records; what the collector did not take is kept in memory and sent again. */
export function createDelivery(sources: DeliverySources): Delivery {
  const { say, counters, mask } = sources;
  const destination = readDestination(sources.environment);
  if (destination.kind === 'off')
    return { send: async () => 'not sent: sending logs is switched off', close: async () => {} };
  const { timeoutMs } = destination;
  const url = mask(destination.url);
  for (const problem of destination.problems) say(`gmr: ${mask(problem)}`);
  const exporter = new OTLPLogExporter({ url: destination.url, timeoutMillis: timeoutMs, concurrencyLimit: 1 });
  const attempts = createAttempts(exporter, timeoutMs);
  const emit = createEmitter(makeResource(sources.resource, mask), sources.version);
  const kept: Parcel[] = [];
  let retryMs = FIRST_RETRY_MS;
  let timer: NodeJS.Timeout | undefined;
  /** One export at a time: what the collector answers is then known to be about it. */
  let busy: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = busy.then(work);
    busy = result.catch(() => {});
    return result;
  };

  /** Undefined when it was taken; else why it was not, and whether that may change. */
  const attempt = async (parcel: Parcel, onTrouble: (reason: string) => void) => {
    parcel.tries += 1;
    for (const records of parcel.requests.slice(parcel.done)) {
      const outcome = await attempts.run(records, onTrouble);
      if (outcome.kind === 'failed') return outcome;
      parcel.done += 1;
      if (outcome.but) parcel.but = `; it did not take all: ${mask(outcome.but)}`;
    }
    return undefined;
  };

  const tell = (parcel: Parcel, sentence: string): string => {
    say(`gmr ${parcel.id}: ${sentence}`);
    return sentence;
  };
  const tellTaken = (parcel: Parcel): string => {
    counters.addUndelivered(-1);
    const tries = parcel.tries > 1 ? ` at try ${parcel.tries}` : '';
    return tell(parcel, `${parcel.count} records taken by ${url}${tries}${parcel.but}`);
  };
  const tellLost = (parcel: Parcel, reason: string): string => {
    counters.addUndelivered(-1);
    return tell(parcel, `${parcel.count} records not taken by ${url} (${reason}): given up`);
  };

  const keep = (parcel: Parcel, reason: string): string => {
    kept.push(parcel);
    while (kept.length > MAX_KEPT || kept.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_KEPT_BYTES) {
      const oldest = kept.shift();
      if (oldest) tellLost(oldest, 'too many reports wait');
    }
    const waitMs = schedule();
    return tell(
      parcel,
      `${parcel.count} records not taken by ${url} (${reason}): kept in memory, tried again in ${Math.ceil(waitMs / 1000)} s`,
    );
  };

  function schedule(): number {
    const waitMs = retryMs * (0.8 + Math.random() * 0.4);
    timer ??= setTimeout(() => {
      timer = undefined;
      void inTurn(retry);
    }, waitMs).unref();
    return waitMs;
  }

  async function retry(): Promise<void> {
    while (kept[0]) {
      const [parcel] = kept;
      const failure = await attempt(parcel, () => {});
      if (!failure) {
        kept.shift();
        retryMs = FIRST_RETRY_MS;
        tellTaken(parcel);
      } else if (!failure.again || Date.now() - parcel.sinceMs > MAX_KEPT_MS) {
        kept.shift();
        tellLost(parcel, `${failure.reason}, ${parcel.tries} tries`);
      } else {
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
        schedule();
        return;
      }
    }
  }

  return {
    send(report) {
      counters.addUndelivered(1);
      return inTurn(async () => {
        const parcel = pack(report.id, toLogRecords(report), emit);
        let told = false;
        const failure = await attempt(parcel, (reason) => {
          if (!told) tell(parcel, `${parcel.count} records not taken yet by ${url} (${reason}): trying on`);
          told = true;
        });
        if (!failure) return tellTaken(parcel);
        return failure.again ? keep(parcel, failure.reason) : tellLost(parcel, failure.reason);
      });
    },
    async close(boundMs) {
      clearTimeout(timer);
      const bound = new Promise((resolve) => setTimeout(resolve, boundMs).unref());
      await Promise.race([inTurn(retry), bound]);
      clearTimeout(timer);
      for (const parcel of kept.splice(0)) tellLost(parcel, 'closed');
    },
  };
}

/** Records in requests that are small enough, in order. */
function pack(
  id: string,
  records: readonly SectionRecord[],
  emit: (records: readonly SectionRecord[]) => ReadableLogRecord[],
): Parcel {
  const groups: SectionRecord[][] = [[]];
  let bytes = 0;
  let total = 0;
  for (const record of records) {
    const size = estimateBytes(record.body) + 4096;
    if (bytes + size > MAX_REQUEST_BYTES && groups.at(-1)?.length) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(record);
    bytes += size;
    total += size;
  }
  const requests = groups.map(emit);
  return { id, requests, count: records.length, bytes: total, sinceMs: Date.now(), done: 0, tries: 0, but: '' };
}

/** Bytes of a value in OTLP's JSON, where each key and each leaf carries its type's name. */
function estimateBytes(value: unknown): number {
  if (typeof value === 'string') return 20 + Buffer.byteLength(value) * 1.1;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + estimateBytes(item) + 2, 40);
  if (typeof value !== 'object' || value === null) return 40;
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + 20 + estimateBytes(item), 40);
}
