import { Catalogue } from './catalogue.js';
import type { Kind } from './kind.js';
import { readLine, readRecords } from './otlp.js';
import { extractReports, haveSameFacts, ReportRows, toReportRow } from './report-rows.js';
import { addRecord, type StoredReport } from './reports.js';
import { createSlices } from './slices.js';

const REPORTS: Kind<StoredReport> = {
  signal: 'logs',
  word: 'gmr.report.id',
  maxThings: 200_000,
  extract: extractReports,
  toRow: toReportRow,
  createReader: () => new ReportRows(),
  isAlike: haveSameFacts,
};

/** The reports of a directory, without the texts of their sections. */
export type ReportCatalogue = Catalogue<StoredReport>;

/** @param onTrouble as for `Catalogue`: given by the program that writes the index */
export function openReports(directory: string, onTrouble?: (sentence: string) => void): ReportCatalogue {
  return new Catalogue(directory, REPORTS, onTrouble);
}

/** One report with all of its sections. */
export async function loadReport(reports: ReportCatalogue, id: string): Promise<StoredReport | undefined> {
  const loaded = new Map<string, StoredReport>();
  const slice = createSlices();
  for await (const line of reports.readLines(id)) {
    for (const record of readLine(line, readRecords)) {
      if (record.attributes.get('gmr.report.id') === id) addRecord(loaded, record, true);
      const pause = slice();
      if (pause) await pause;
    }
  }
  return loaded.get(id);
}

export function sortByTime(reports: Iterable<StoredReport>): StoredReport[] {
  return [...reports].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
