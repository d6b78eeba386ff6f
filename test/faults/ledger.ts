import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { CLI, type Program, startNode } from '../process/start.js';

/** What became of the reports of one fault, and of the process that made them. */
export interface Entry {
  readonly fault: string;
  readonly made: number;
  readonly delivered: number;
  readonly lost: number;
  /** Requests that the process answered meanwhile, of those it got. */
  readonly served: string;
  readonly slowestMs: number;
  readonly rssMib: string;
  /** How it ended, 7 being as it was asked to. */
  readonly end: string;
}

export interface Guest {
  /** Requests so far: answered, and asked. */
  counts(): { readonly answered: number; readonly asked: number; readonly slowestMs: number };
  leave(): void;
}

/** Asks a server over and over, as its users do. */
export function visit(port: number): Guest {
  const agent = new Agent({ keepAlive: true });
  let answered = 0;
  let asked = 0;
  let slowestMs = 0;
  const timer = setInterval(() => {
    asked += 1;
    const startMs = performance.now();
    get({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume().on('end', () => {
        answered += 1;
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
      });
    }).on('error', () => {});
  }, 50);
  return {
    counts: () => ({ answered, asked, slowestMs }),
    leave() {
      clearInterval(timer);
      agent.destroy();
    },
  };
}

export async function startCollector(store: string, port = 0): Promise<{ collector: Program; port: number }> {
  const collector = startNode([CLI, 'collect', '--port', String(port), '--dir', store]);
  const said = await collector.untilStdout(/listening on \S+,/);
  return { collector, port: Number(/listening on \S+:(\d+),/.exec(said)?.[1]) };
}

export const idsIn = (text: string): string[] =>
  [...text.matchAll(/^report = ([0-9a-f]{32})$/gm)].map(([, id]) => id ?? '');

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
  for (const line of readFileSync(join(store, 'logs.jsonl'), 'utf8').trim().split('\n')) {
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

/** Reports of which every section has come, and no record twice but under the same `log.record.uid`. */
export function countDelivered(ids: readonly string[], store: string): number {
  const stored = readStore(store);
  return ids.filter((id) => {
    const report = stored.get(id);
    if (report === undefined || report.announced === 0) return false;
    return report.sections.size >= report.announced && report.uids.size === report.places.size;
  }).length;
}

export function readRssMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}

/** In the order of their names as given, whatever ended first. */
export function renderLedger(entries: readonly Entry[]): string {
  const rows = entries.map(({ fault, made, delivered, lost, served, slowestMs, rssMib, end }) =>
    [fault, made, delivered, lost, served, slowestMs.toFixed(0), rssMib, end].join(' | '),
  );
  const heads = 'fault | reports made | delivered | lost | requests served | slowest, ms | RSS, MiB | end';
  return ['', heads, heads.replace(/[^|]+/g, '---'), ...rows]
    .map((row) => (row === '' ? row : `| ${row} |`))
    .join('\n');
}
