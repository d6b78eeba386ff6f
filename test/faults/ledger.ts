import { existsSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { findFreePort } from '../ports.js';
import { CLI, idsIn, type Program, readWholeLines, startNode } from '../process/start.js';

/** As an operator has them who sets nothing but the endpoint. */
export const BOTH_SIGNALS = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp' };

/** The outcome of one fault: of the reports, and of the process that made them. */
export interface Entry {
  readonly fault: string;
  readonly made: number;
  readonly delivered: number;
  readonly lost: number;
  /** Requests of its users that the process got meanwhile, and how many of them had no answer. */
  readonly asked: number;
  readonly unanswered: number;
  readonly slowestMs: number;
  readonly rssMib: string;
  /** How it ended, 7 being as it was asked to. */
  readonly end: string;
}

export interface Guest {
  /** Requests so far: answered, and asked. */
  counts(): { readonly answered: number; readonly asked: number; readonly slowestMs: number };
  /** Takes the answers that are still to come. */
  leave(): Promise<void>;
}

/** Asks a server over and over, as its users do. */
export function visit(port: number): Guest {
  const agent = new Agent({ keepAlive: true });
  let answered = 0;
  let asked = 0;
  let slowestMs = 0;
  const visits = new Set<Promise<void>>();
  const ask = async () => {
    asked += 1;
    const startMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent, timeout: 20_000 }, (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .on('timeout', () => reject(new Error('no answer')));
    });
    answered += 1;
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  };
  const timer = setInterval(() => {
    const visit = ask().catch(() => {});
    visits.add(visit);
    void visit.finally(() => visits.delete(visit));
  }, 50);
  return {
    counts: () => ({ answered, asked, slowestMs }),
    async leave() {
      clearInterval(timer);
      await Promise.allSettled(visits);
      agent.destroy();
    },
  };
}

/** On every address it is reached by any name; on a loopback address by loopback names only. */
export async function startCollector(
  store: string,
  port?: number,
  host = '127.0.0.1',
): Promise<{ collector: Program; port: number }> {
  const at = port ?? (await findFreePort());
  const collector = startNode([CLI, 'collect', '--host', host, '--port', String(at), '--dir', store]);
  await collector.untilStdout(/listening on \S+,/);
  return { collector, port: at };
}

interface Stored {
  /** Each once, however often it came. */
  readonly uids: Set<string>;
  /** Which sections, and which parts of them, they are. */
  readonly places: Set<string>;
  readonly sections: Set<number>;
  announced: number;
}

/** Read by hand: what counts is what is in the file. */
function readStore(store: string): Map<string, Stored> {
  const reports = new Map<string, Stored>();
  for (const line of readWholeLines(join(store, 'logs.jsonl'))) {
    const groups: Group[] = JSON.parse(line).resourceLogs;
    for (const record of groups.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))) {
      const read = (name: string) => record.attributes.find(({ key }) => key === name)?.value;
      const id = read('gmr.report.id')?.stringValue ?? '';
      const index = read('gmr.section.index')?.intValue;
      if (index === undefined) continue;
      const report = reports.get(id) ?? { uids: new Set(), places: new Set(), sections: new Set(), announced: 0 };
      reports.set(id, report);
      report.uids.add(read('log.record.uid')?.stringValue ?? '');
      report.places.add(`${index}:${read('gmr.section.part')?.intValue ?? 1}`);
      report.sections.add(index);
      report.announced = read('gmr.section.count')?.intValue ?? 0;
    }
  }
  return reports;
}

interface Group {
  readonly scopeLogs: readonly {
    readonly logRecords: readonly {
      readonly attributes: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string; readonly intValue?: number };
      }[];
    }[];
  }[];
}

/** Distinct spans, by trace. */
function readSpans(store: string): Map<string, Set<string>> {
  const traces = new Map<string, Set<string>>();
  for (const line of readWholeLines(join(store, 'traces.jsonl'))) {
    const groups: { scopeSpans: { spans: { traceId: string; spanId: string }[] }[] }[] = JSON.parse(line).resourceSpans;
    for (const { traceId, spanId } of groups.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
      traces.set(traceId, (traces.get(traceId) ?? new Set()).add(spanId));
  }
  return traces;
}

/**
 * Reports of which every section has come, no record twice but under the same `log.record.uid`; and of the trace the
 * root, its sections and the main thread.
 */
export function countDelivered(ids: readonly string[], store: string): number {
  if (!existsSync(join(store, 'logs.jsonl')) || !existsSync(join(store, 'traces.jsonl'))) return 0;
  const stored = readStore(store);
  const spans = readSpans(store);
  return ids.filter((id) => {
    const report = stored.get(id);
    if (report === undefined || report.announced === 0) return false;
    if ((spans.get(id)?.size ?? 0) <= report.announced) return false;
    return report.sections.size >= report.announced && report.uids.size === report.places.size;
  }).length;
}

/** Generous: it bounds a wait, and measures nothing. */
const DEADLINE_MS = 120_000;

/** `tell`: its own words on what is awaited. */
export async function until(isSo: () => boolean, tell: () => string): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  while (!isSo()) {
    if (Date.now() > endMs) throw new Error(`in vain: ${tell()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Until each report that a process has made is in the store, whole. */
export async function untilDelivered(program: Program, store: string): Promise<void> {
  const ids = idsIn(program.stderr());
  const tell = () => {
    const said = program.stderr().match(/^gmr.*$/gm) ?? [];
    return `${countDelivered(ids, store)} of ${ids} in ${store}; it said:\n${said.join('\n')}`;
  };
  await until(() => countDelivered(ids, store) === ids.length, tell);
}

export function readRssMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}

export function renderLedger(entries: readonly Entry[]): string {
  const rows = entries.map(({ fault, made, delivered, lost, asked, unanswered, slowestMs, rssMib, end }) =>
    [fault, made, delivered, lost, asked, unanswered, slowestMs.toFixed(0), rssMib, end].join(' | '),
  );
  const heads = 'fault | reports made | delivered | lost | requests | unanswered | slowest, ms | RSS, MiB | end';
  return ['', heads, heads.replace(/[^|]+/g, '---'), ...rows]
    .map((row) => (row === '' ? row : `| ${row} |`))
    .join('\n');
}
