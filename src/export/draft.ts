import type { Report } from '../report.js';
import { renderHeader, renderSection } from '../views/text.js';
import { type Channel, describe, type Parcel } from './channel.js';
import { type LogRecordContent, toLogRecords } from './logs.js';
import type { Spool } from './spool.js';
import { type SpanContent, toSpans } from './trace.js';

/** A report as it is to be sent. */
export interface Draft {
  readonly logs: Parcel | undefined;
  readonly traces: Parcel | undefined;
  /** Why something of it is not to be sent, a sentence each. */
  readonly refusals: readonly string[];
}

export interface DraftOptions {
  readonly logs: Channel<LogRecordContent>;
  readonly traces: Channel<SpanContent>;
  readonly spool: Spool | undefined;
  readonly tell: (id: string, sentence: string) => void;
}

/** What part of a report the file with its spans is. */
export const TRACES_PART = 'traces';

/** What goes out of a report, on disk where there is a spool that can be written to. Never rejects. */
export async function draftReport(report: Report, { logs, traces, spool, tell }: DraftOptions): Promise<Draft> {
  const about = { id: report.id, timeMs: report.timeMs, service: report.header.service };
  const refusals: string[] = [];
  let isTold = false;
  const make = async <C>(channel: Channel<C>, part: string, list: () => readonly C[]) => {
    if (channel.findOff() !== undefined) return undefined;
    try {
      const contents = list();
      if (!spool) return channel.hold(report.id, contents);
      return await channel.store({ ...about, part }, contents).catch((error: unknown) => {
        if (!isTold)
          tell(report.id, `${spool.directory} cannot be written to (${describe(error)}): it is sent from memory`);
        isTold = true;
        return channel.hold(report.id, contents);
      });
    } catch (error) {
      refusals.push(`${part === TRACES_PART ? 'its trace is ' : ''}not sent, in the text only: ${describe(error)}`);
      return undefined;
    }
  };
  const records = make(logs, report.supplement ? `late-${report.supplement.number}` : '', () =>
    toLogRecords(report, { renderHeader, renderSection }),
  );
  // A supplement comes when the trace has gone: it is a record.
  const spans = report.supplement ? undefined : make(traces, TRACES_PART, () => toSpans(report));
  const [ownRecords, ownSpans] = [await records, await spans];
  if (!ownRecords && !ownSpans && refusals.length === 0) refusals.push(`not sent, in the text only: ${logs.findOff()}`);
  return { logs: ownRecords, traces: ownSpans, refusals };
}

/** Whether what matters most of it is on disk. */
export function isOnDisk({ logs, traces }: Draft): boolean {
  return (logs ?? traces)?.file !== undefined;
}
