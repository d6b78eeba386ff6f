import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StoredCount {
  /** Sections that the report announces, and those of them that came. */
  announced: number;
  readonly sections: Set<number>;
  /** Distinct `log.record.uid`, and distinct places in the report. */
  readonly uids: Set<string>;
  readonly places: Set<string>;
}

interface Request {
  readonly resourceLogs: readonly { readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[] }[];
}
interface LogRecord {
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly intValue?: number };
  }[];
}

/** A line that was cut when its collector fell was not taken, and has been sent again. */
function parse(line: string): Request {
  try {
    return JSON.parse(line) as Request;
  } catch {
    return { resourceLogs: [] };
  }
}

/** The records and spans that a collector has of each report, read by hand out of its files. */
export function countStored(directory: string): Map<string, StoredCount> {
  const reports = new Map<string, StoredCount>();
  for (const name of readdirSync(directory).filter((one) => /^logs.*\.jsonl$/.test(one))) {
    for (const line of readFileSync(join(directory, name), 'utf8').trim().split('\n')) {
      const { resourceLogs } = parse(line);
      for (const { scopeLogs } of resourceLogs) for (const { logRecords } of scopeLogs) addAll(reports, logRecords);
    }
  }
  return reports;
}

/** Whole, and nothing of it twice but under the same uid, which a backend drops. */
export function isWhole(report: StoredCount | undefined): boolean {
  if (report === undefined || report.announced === 0) return false;
  return report.sections.size >= report.announced && report.uids.size === report.places.size;
}

function addAll(reports: Map<string, StoredCount>, records: readonly LogRecord[]): void {
  for (const { attributes } of records) {
    const read = (name: string) => attributes.find(({ key }) => key === name)?.value;
    const id = read('gmr.report.id')?.stringValue;
    const index = read('gmr.section.index')?.intValue;
    if (id === undefined || index === undefined) continue;
    const report = reports.get(id) ?? { announced: 0, sections: new Set(), uids: new Set(), places: new Set() };
    reports.set(id, report);
    report.announced = read('gmr.section.count')?.intValue ?? 0;
    report.sections.add(index);
    report.uids.add(read('log.record.uid')?.stringValue ?? '');
    report.places.add(`${index}:${read('gmr.section.part')?.intValue ?? 1}`);
  }
}
