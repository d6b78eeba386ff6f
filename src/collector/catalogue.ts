import { listReports, loadReport } from './listing.js';
import { Refusal } from './refusal.js';
import type { StoredReport } from './reports.js';

/** The stored reports, as the viewer reads them. */
export interface Catalogue {
  /** All reports, oldest first, without the texts of their sections. */
  list(): Promise<readonly StoredReport[]>;
  /** One report with all of its sections. */
  load(id: string): Promise<StoredReport | undefined>;
}

/** Each request reads every file, so they run one after the other; beyond this number they are refused. */
const MAX_WAITING = 20;

/** @param version a number that changes when something has been stored */
export function openCatalogue(directory: string, version: () => number): Catalogue {
  let listed: { readonly version: number; readonly reports: Promise<readonly StoredReport[]> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    if (waiting >= MAX_WAITING) throw new Refusal(503, 'too many requests at the same time: try again');
    waiting += 1;
    const turn = last.then(read).finally(() => {
      waiting -= 1;
    });
    last = turn.catch(() => {});
    return turn;
  };

  return {
    list() {
      const now = version();
      if (listed?.version === now) return listed.reports;
      const reports = inTurn(() => listReports(directory));
      listed = { version: now, reports };
      reports.catch(() => {
        listed = undefined;
      });
      return reports;
    },
    load: (id) => inTurn(() => loadReport(directory, id)),
  };
}
