import { randomBytes, randomUUID } from 'node:crypto';
import type { RecordedReport } from './recorder.js';

/** The process that a remade report is of. */
export interface Identity {
  readonly reportId: string;
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  /** Unix time of its report. */
  readonly timeMs: number;
  /** New trace, span and record ids in place of the recorded ones. */
  readonly ids: ReadonlyMap<string, string>;
}

const IDS =
  /"(?:traceId|spanId|parentSpanId|log\.record\.uid)"(?:,"value":\{"stringValue")?:"([0-9a-f]{16}|[0-9a-f]{32})"/g;
const NANOSECONDS = /^\d{19}$/;
const NS_PER_MS = 1_000_000n;
/** As many processes of a host as a large machine has. */
const PROCESSES_OF_A_HOST = 50;

/**
 * A recorded report, cut where another process's report differs: ids, resource, times. A report is remade by joining the
 * pieces, for each time that it is sent, so that reports that wait take no memory.
 */
export class Template {
  readonly #pieces: { readonly logs: readonly string[]; readonly traces: readonly string[] };
  readonly #ids: readonly string[];
  readonly #recorded: { readonly reportId: string; readonly timeMs: number };
  /** What takes the place of a text that is neither an id nor a time in nanoseconds. */
  readonly #texts: ReadonlyMap<string, (identity: Identity) => string>;

  constructor({ logs, traces }: Pick<RecordedReport, 'logs' | 'traces'>) {
    const reportId = find(logs.body, /"gmr\.report\.id","value":\{"stringValue":"([0-9a-f]{32})"/);
    const instance = find(logs.body, /"service\.instance\.id","value":\{"stringValue":"([^"]+)"/);
    const host = find(logs.body, /"host\.name","value":\{"stringValue":"([^"]+)"/);
    const pid = find(logs.body, /"process\.pid","value":\{"intValue":(\d+)/);
    const time = find(logs.body, /\\ntime = ([^\\]+)/);
    this.#recorded = { reportId, timeMs: Date.parse(time) };
    this.#ids = [
      ...new Set([logs.body, traces.body].flatMap((body) => [...body.matchAll(IDS)].map(([, id = '']) => id))),
    ];
    this.#texts = new Map<string, (identity: Identity) => string>([
      [instance, (one) => one.instance],
      [time, (one) => new Date(one.timeMs).toISOString()],
      [`"host.name","value":{"stringValue":"${host}"`, (one) => `"host.name","value":{"stringValue":"${one.host}"`],
      [`\\nhost = ${host}\\n`, (one) => `\\nhost = ${one.host}\\n`],
      [`"process.pid","value":{"intValue":${pid}`, (one) => `"process.pid","value":{"intValue":${one.pid}`],
      [`\\nprocess = ${pid}`, (one) => `\\nprocess = ${one.pid}`],
    ]);
    const tokens = [...this.#ids, ...this.#texts.keys()].map((text) => text.replace(/[^\w]/g, '\\$&'));
    const cuts = new RegExp(`(${tokens.join('|')}|(?<=UnixNano":")\\d{19}(?="))`);
    this.#pieces = { logs: logs.body.split(cuts), traces: traces.body.split(cuts) };
  }

  /** Another process, the `index`th of a fleet, whose report is made now. */
  createIdentity(index: number): Identity {
    const ids = new Map(this.#ids.map((id) => [id, randomBytes(id.length / 2).toString('hex')]));
    return {
      reportId: ids.get(this.#recorded.reportId) ?? '',
      instance: randomUUID(),
      host: `host-${Math.floor(index / PROCESSES_OF_A_HOST)}`,
      pid: 1000 + index,
      timeMs: Date.now(),
      ids,
    };
  }

  /** The body of a request, OTLP JSON. */
  remake(signal: 'logs' | 'traces', identity: Identity): string {
    const laterNs = BigInt(identity.timeMs - this.#recorded.timeMs) * NS_PER_MS;
    const remakePiece = (piece: string): string => {
      if (NANOSECONDS.test(piece)) return String(BigInt(piece) + laterNs);
      return identity.ids.get(piece) ?? this.#texts.get(piece)?.(identity) ?? piece;
    };
    // The expression has one group: each second piece is what it has matched.
    return this.#pieces[signal].map((piece, index) => (index % 2 === 0 ? piece : remakePiece(piece))).join('');
  }
}

function find(text: string, pattern: RegExp): string {
  const [, found] = pattern.exec(text) ?? [];
  if (found === undefined) throw new Error(`the recorded report has no ${pattern}`);
  return found;
}
