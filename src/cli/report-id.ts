import type { StoredReport } from '../collector/reports.js';

const ID = /^[0-9a-f]{4,32}$/i;

/** Whether a word of a command line can be the beginning of a report's id. */
export function isIdStart(word: string): boolean {
  return ID.test(word);
}

/** The reports whose ids begin so. @param start in lower case */
export function listByIdStart(reports: readonly StoredReport[], start: string): readonly StoredReport[] {
  return reports.filter(({ id }) => id.startsWith(start));
}
