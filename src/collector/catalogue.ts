import { Refusal } from './refusal.js';
import type { StoredReport } from './reports.js';
import { listReports, loadReport } from './store.js';

/** What a collector has stored, for those who look at it. */
export interface Catalogue {
  /** Oldest first, without the bodies of their sections. */
  list(): Promise<readonly StoredReport[]>;
  /** One report with all that came of it. */
  load(id: string): Promise<StoredReport | undefined>;
}

/** Each reads every file: they take turns, and who comes when so many wait is refused. */
const MAX_WAITING = 20;

/** `version` changes when something has been stored. */
export function openCatalogue(directory: string, version: () => number): Catalogue {
  let listed: { readonly version: number; readonly reports: Promise<readonly StoredReport[]> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    if (waiting >= MAX_WAITING) throw new Refusal(503, 'too many look at once');
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
