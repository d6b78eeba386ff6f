import { readRecords, type Signal } from './otlp.js';
import { addRecord, isComplete, type StoredReport } from './reports.js';
import { createSlices } from './slices.js';

/** The number of things that a collector has taken since it started. */
export interface Counts {
  /** Complete reports. */
  reports: number;
  /** Log records, with those of reports. */
  logRecords: number;
  spans: number;
}

export interface Arrivals {
  readonly counts: Readonly<Counts>;
  /** Counts a request of so many records or spans. Resolves with the reports that it has completed. */
  add(signal: Signal, request: unknown, items: number): Promise<StoredReport[]>;
}

/** Reports that are remembered, also after their last record has come. Beyond that the oldest is forgotten. */
const MAX_REPORTS = 200;
/** Records of all remembered reports: ten times as many as 200 usual reports have. */
const MAX_RECORDS = 20_000;

export function watchArrivals(): Arrivals {
  const counts: Counts = { reports: 0, logRecords: 0, spans: 0 };
  const remembered = new Map<string, StoredReport>();
  let records = 0;
  /** How many records a report had when it was last announced. */
  const announced = new WeakMap<StoredReport, number>();

  const forgetOldest = (onForget: (report: StoredReport) => void) => {
    for (const [id, report] of remembered) {
      if (remembered.size <= MAX_REPORTS && records <= MAX_RECORDS) break;
      remembered.delete(id);
      records -= report.records;
      onForget(report);
    }
  };

  return {
    counts,
    async add(signal, request, items) {
      counts[signal === 'logs' ? 'logRecords' : 'spans'] += items;
      if (signal !== 'logs') return [];
      const completed: StoredReport[] = [];
      const announce = (report: StoredReport) => {
        const before = announced.get(report);
        // A report that was complete before has got a supplement: it is announced again.
        if (!isComplete(report) || before === report.records) return;
        if (before === undefined) counts.reports += 1;
        announced.set(report, report.records);
        completed.push(report);
      };
      const slice = createSlices();
      const touched = new Set<StoredReport>();
      for (const record of readRecords(request)) {
        const report = addRecord(remembered, record, false);
        if (report) {
          records += 1;
          touched.add(report);
        }
        if (remembered.size > 2 * MAX_REPORTS || records > 2 * MAX_RECORDS) {
          forgetOldest((forgotten) => {
            if (touched.delete(forgotten)) announce(forgotten);
          });
        }
        const pause = slice();
        if (pause) await pause;
      }
      for (const report of touched) announce(report);
      forgetOldest(() => {});
      return completed;
    },
  };
}
