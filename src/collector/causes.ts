import type { StoredReport } from './reports.js';

/** The reports with one cause: main is at one place, or waits for one. */
export interface Cause {
  /** Equal for reports with one cause. */
  readonly key: string;
  /** The hash of main's stack, or of the place where an idle process waits; empty if the reports have neither. */
  readonly stack: string;
  readonly reports: readonly StoredReport[];
  readonly first: StoredReport;
  readonly last: StoredReport;
  readonly processes: number;
  readonly services: readonly string[];
}

interface Group {
  first: StoredReport;
  last: StoredReport;
  readonly reports: StoredReport[];
  readonly processes: ProcessSet;
  readonly services: Set<string>;
}

/** Reports by their causes. Only new reports are added: 100,000 reports are not grouped again for each new one. */
export class CauseGroups {
  readonly #groups = new Map<string, Group>();
  readonly #processes = new ProcessSet();
  #seen = 0;

  /** Adds the reports that are new in the list. @param reports in any order: those of the last call, then the new ones */
  learn(reports: readonly StoredReport[]): this {
    for (; this.#seen < reports.length; this.#seen += 1) {
      const report = reports[this.#seen] as StoredReport;
      const key = causeOf(report);
      const known = this.#groups.get(key);
      const group = known ?? createGroup(report);
      if (!known) this.#groups.set(key, group);
      if (report.time < group.first.time) group.first = report;
      if (report.time >= group.last.time) group.last = report;
      group.reports.push(report);
      group.services.add(report.service);
      group.processes.add(report);
      this.#processes.add(report);
    }
    return this;
  }

  /** The number of processes that made the reports. */
  get processes(): number {
    return this.#processes.size;
  }

  /** In the order of their first reports. */
  list(): Cause[] {
    return [...this.#groups].map(([key, { first, last, reports, processes, services }]) => ({
      key,
      stack: hashOf(last),
      reports,
      first,
      last,
      processes: processes.size,
      services: [...services].sort(),
    }));
  }
}

function createGroup(report: StoredReport): Group {
  return { first: report, last: report, reports: [], processes: new ProcessSet(), services: new Set() };
}

/** Processes by host and pid, without a text for each report. */
class ProcessSet {
  readonly #byHost = new Map<string, Set<string>>();
  size = 0;

  add({ host, process }: StoredReport): void {
    const known = this.#byHost.get(host);
    if (known?.has(process)) return;
    this.size += 1;
    if (known) known.add(process);
    else this.#byHost.set(host, new Set([process]));
  }
}

/** The hash of a report's cause, by which a list is filtered; empty if the report has none. */
export function hashOf({ stackHash, suspendedHash }: StoredReport): string {
  return stackHash || suspendedHash;
}

/** The cause of a crash is the thrown error and its stack. */
function causeOf(report: StoredReport): string {
  const { thrown, verdict, main } = report;
  if (isCrash(report)) return `thrown ${hashOf(report)} ${maskNumbers(thrown)}`;
  return hashOf(report) || maskNumbers(firstClause(verdict || main));
}

export function isCrash({ thrown, trigger }: StoredReport): boolean {
  return thrown !== '' || trigger.startsWith('crash');
}

/** `running JavaScript for 1.7 s at a.mjs:3 in f`, without the clauses on requests and workers behind it. */
export function firstClause(verdict: string): string {
  const end = verdict.indexOf('; ');
  return end < 0 ? verdict : verdict.slice(0, end);
}

function maskNumbers(text: string): string {
  return text.replace(/\d+(?:\.\d+)?/g, '…');
}

/** The first clause without the state, which is shown as a badge; of a crash, the message and the place. */
export function tellRest(report: StoredReport): string {
  const { verdict, main, thrown } = report;
  const clause = firstClause(verdict);
  if (isCrash(report)) return clause.replace(/^thrown ?/, '') || thrown;
  return clause.startsWith(main) ? clause.slice(main.length).trim() : clause;
}
