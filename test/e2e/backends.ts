import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/** Asks again until the answer is there: collector and Loki take records in their own time. */
const DEADLINE_MS = 120_000;
const POLL_MS = 250;

export interface Entry {
  /** Nanoseconds since the epoch, as Loki writes them: too long for a number. */
  readonly time: string;
  readonly line: string;
  readonly labels: { readonly [name: string]: string };
}

export interface Sample {
  readonly value: number;
  readonly labels: { readonly [name: string]: string };
}

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export function lastHour(): TimeRange {
  return { fromMs: Date.now() - 3_600_000, toMs: Date.now() + 60_000 };
}

/** Loki's answer to the letter, as Grafana asks for it: labels and metadata apart. */
export async function askLoki(url: string, path: string, parameters: Record<string, string>): Promise<string> {
  const answer = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, {
    headers: { 'X-Loki-Response-Encoding-Flags': 'categorize-labels' },
  });
  const text = await answer.text();
  expect({ status: answer.status, query: parameters.query, text: answer.ok ? '' : text }).toEqual({
    status: 200,
    query: parameters.query,
    text: '',
  });
  return text;
}

/** @param limit Loki's own bound where it is not given: 100, and a report may have more. */
export function askRange(url: string, query: string, { fromMs, toMs }: TimeRange, limit = 5000): Promise<string> {
  return askLoki(url, '/loki/api/v1/query_range', {
    query,
    start: `${fromMs}000000`,
    end: `${toMs}000000`,
    limit: `${limit}`,
    direction: 'forward',
  });
}

/** Records in the order of their times. */
export async function findEntries(url: string, query: string, range = lastHour(), limit = 5000): Promise<Entry[]> {
  const { data } = JSON.parse(await askRange(url, query, range, limit)) as {
    data: { result: { stream: Record<string, string>; values: [string, string, Categories?][] }[] };
  };
  return data.result
    .flatMap(({ stream, values }) =>
      values.map(([time, line, { structuredMetadata = {}, parsed = {} } = {}]) => ({
        time,
        line,
        labels: { ...stream, ...structuredMetadata, ...parsed },
      })),
    )
    .sort((a, b) => (BigInt(a.time) < BigInt(b.time) ? -1 : 1));
}

interface Categories {
  readonly structuredMetadata?: Record<string, string>;
  readonly parsed?: Record<string, string>;
}

export async function countGroups(url: string, query: string, { toMs } = lastHour()): Promise<Sample[]> {
  const text = await askLoki(url, '/loki/api/v1/query', { query, time: `${toMs}000000` });
  const { data } = JSON.parse(text) as {
    data: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  expect(data.resultType).toBe('vector');
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** As a graph is drawn: the last value of each series. */
export async function askSeries(url: string, query: string, { fromMs, toMs } = lastHour()): Promise<Sample[]> {
  const time = { start: `${fromMs}000000`, end: `${toMs}000000`, step: '60' };
  const text = await askLoki(url, '/loki/api/v1/query_range', { query, ...time });
  const { data } = JSON.parse(text) as {
    data: { resultType: string; result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  expect(data.resultType).toBe('matrix');
  return data.result.map(({ metric, values }) => ({ labels: metric, value: Number(values.at(-1)?.[1]) }));
}

export async function findValues(url: string, label: string, query: string, range = lastHour()): Promise<string[]> {
  const text = await askLoki(url, `/loki/api/v1/label/${label}/values`, {
    ...(query === '' ? {} : { query }),
    start: `${range.fromMs}000000`,
    end: `${range.toMs}000000`,
  });
  return (JSON.parse(text) as { data?: string[] }).data ?? [];
}

/** Resolves with what `ask` says once it is `enough`. @throws with the last that it said. */
export async function until<T>(
  ask: () => Promise<T>,
  enough: (said: T) => boolean,
  what: string,
  waitMs = DEADLINE_MS,
): Promise<T> {
  const giveUpMs = Date.now() + waitMs;
  for (;;) {
    let said: T | undefined;
    let failure: unknown;
    try {
      said = await ask();
      if (enough(said)) return said;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > giveUpMs)
      throw new Error(`${what}: not so in ${waitMs / 1000} s; last: ${JSON.stringify(said)?.slice(0, 2000)}`, {
        cause: failure,
      });
    await sleep(POLL_MS);
  }
}

/** The records of a report, all of them, once they have come. */
export function waitForReport(url: string, id: string, count: number): Promise<Entry[]> {
  const query = `{service_name=~".+"} | gmr_report_id="${id}" | gmr_section_name!="report.mark"`;
  return until(
    () => findEntries(url, query),
    (entries) => entries.length >= count,
    `${count} records of report ${id}`,
  );
}
