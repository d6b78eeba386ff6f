import type { Report } from '../report.js';
import { renderHeader, renderSection } from '../views/text.js';
import type { Channel } from './channel.js';
import type { DeliveryOptions } from './delivery-options.js';
import { type Entry, holdInMemory, TRACES_PART } from './entry.js';
import { messageOf } from './http/failure.js';
import { describeResource } from './resource.js';
import type { LogRecordContent, SpanContent } from './wire/contents.js';
import { toLogRecords } from './wire/logs.js';
import type { Origin } from './wire/otlp-lines.js';
import { toSpans } from './wire/trace.js';
import { sayNotSent } from './wording.js';

/** A report, ready to be sent. */
export interface Draft {
  readonly logs: Entry | undefined;
  readonly traces: Entry | undefined;
  /** A sentence for each part that is not sent: it says why. */
  readonly refusals: readonly string[];
}

/** Encodes reports, and puts them into the spool, or into memory if there is none or it cannot be written to. */
export class Drafts {
  readonly #logs: Channel<LogRecordContent>;
  readonly #traces: Channel<SpanContent>;
  readonly #options: DeliveryOptions;
  readonly #say: (line: string) => void;
  #origin: { readonly application: unknown; readonly origin: Origin } | undefined;
  /** The last report whose part could not be written to the spool. */
  #unwritten = '';

  constructor(
    logs: Channel<LogRecordContent>,
    traces: Channel<SpanContent>,
    options: DeliveryOptions,
    say: (line: string) => void,
  ) {
    this.#logs = logs;
    this.#traces = traces;
    this.#options = options;
    this.#say = say;
  }

  /** Encodes and stores a report that has been redacted. Never throws. */
  make(report: Report): Draft {
    const refusals: string[] = [];
    const make = <C>(channel: Channel<C>, part: string, list: () => readonly C[]) => {
      if (channel.offReason !== undefined) return undefined;
      try {
        return this.#store(report, part, channel.encode(this.#readOrigin(), list()));
      } catch (error) {
        refusals.push(sayNotSent(part === TRACES_PART, undefined, messageOf(error)));
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
    return { logs, traces, refusals };
  }

  #store({ id, timeMs, header }: Report, part: string, lines: readonly string[]): Entry {
    const { spool } = this.#options;
    if (spool === undefined) return holdInMemory(id, part, lines);
    try {
      return spool.write({ id, timeMs, service: header.service, part }, lines);
    } catch (error) {
      if (this.#unwritten !== id)
        this.#say(`gmr ${id}: ${spool.directory} cannot be written to (${messageOf(error)}): it is sent from memory`);
      this.#unwritten = id;
      return holdInMemory(id, part, lines);
    }
  }

  /** Made again if the application's SDK has told other attributes since the last report. */
  #readOrigin(): Origin {
    const { resource, mask, environment, version, declared } = this.#options;
    const application = resource.application?.();
    if (this.#origin === undefined || this.#origin.application !== application)
      this.#origin = {
        application,
        origin: {
          resource: describeResource({ ...resource, declared: declared?.attributes ?? {} }, mask, environment),
          version,
        },
      };
    return this.#origin.origin;
  }
}

/** Whether the log records, or else the trace, outlive the process. */
export function isOnDisk({ logs, traces }: Draft): boolean {
  return (logs ?? traces)?.isStored === true;
}
