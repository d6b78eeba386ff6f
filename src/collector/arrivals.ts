import { readRecords, type Signal } from './otlp.js';
import { addRecord, isComplete, type StoredReport } from './reports.js';

/** What a collector has taken since it started. */
export interface Counts {
  /** Reports that are whole. */
  reports: number;
  /** Log records, those of reports included. */
  logRecords: number;
  spans: number;
}

export interface Arrivals {
  readonly counts: Readonly<Counts>;
  /** Notes a request that holds so many records or spans. Returns the reports that are whole by it. */
  note(signal: Signal, request: unknown, items: number): StoredReport[];
}

/** Reports whose records are remembered, until the last has come and after it; then the oldest is forgotten. */
const MAX_REMEMBERED = 200;
/** Of all of them: ten times what two hundred reports have. */
const MAX_REMEMBERED_RECORDS = 20_000;

export function watchArrivals(): Arrivals {
  const counts: Counts = { reports: 0, logRecords: 0, spans: 0 };
  const remembered = new Map<string, StoredReport>();
  const whole = new WeakSet<StoredReport>();
  return {
    counts,
    note(signal, request, items) {
      counts[signal === 'logs' ? 'logRecords' : 'spans'] += items;
      if (signal !== 'logs') return [];
      const touched = new Set<StoredReport>();
      for (const record of readRecords(request)) {
        const report = addRecord(remembered, record, false);
        if (report) touched.add(report);
      }
      let records = 0;
      for (const report of remembered.values()) records += report.records;
      for (const [id, report] of remembered) {
        if (remembered.size <= MAX_REMEMBERED && records <= MAX_REMEMBERED_RECORDS) break;
        remembered.delete(id);
        records -= report.records;
      }
      // One that was whole before has got a supplement, and is told of again.
      const told = [...touched].filter(isComplete);
      counts.reports += told.filter((report) => !whole.has(report)).length;
      for (const report of told) whole.add(report);
      return told;
    },
  };
}
