import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { expect } from 'vitest';
import type { Stack } from './stack.js';

/** A request in flight, as docs/schema.md has it on the wire. */
export interface InFlight {
  readonly name: string;
  readonly ageMs: number;
  readonly traceId: string;
}

/** The In Flight record of a report and a mark a trace, so that their numbers are known. */
export async function sendInFlight(
  stack: Stack,
  about: { reportId: string; service: string },
  requests: readonly InFlight[],
) {
  const common = { 'gmr.schema.version': '1.0.0', 'gmr.report.id': about.reportId, 'gmr.report.trigger': 'signal' };
  const section = toRecord(about.reportId, '', {
    ...common,
    'gmr.section.name': 'in_flight',
    'gmr.section.title': 'In Flight',
    'gmr.section.index': 99,
    'gmr.section.count': 100,
    'gmr.section.status': 'ok',
    'gmr.in_flight.requests': requests.length,
    'gmr.in_flight.spans': 0,
    'gmr.in_flight.oldest_ms': Math.max(...requests.map(({ ageMs }) => ageMs)),
  });
  const marks = requests.map(({ name, ageMs, traceId }) =>
    toRecord(traceId, `report ${about.reportId} was made\n`, {
      ...common,
      'gmr.section.name': 'report.mark',
      'gmr.in_flight.kind': 'request',
      'gmr.in_flight.name': name,
      'gmr.in_flight.age_ms': ageMs,
      'gmr.in_flight.active': false,
    }),
  );
  const resource = {
    attributes: toAttributes({ 'service.name': about.service, 'host.name': hostname(), 'process.pid': 1 }),
  };
  const answer = await fetch(`${stack.otlpUrl}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [section, ...marks] }] }] }),
  });
  expect(answer.status).toBe(200);
}

let sent = 0;

function toRecord(traceId: string, text: string, attributes: Record<string, string | number | boolean>) {
  sent += 1;
  return {
    timeUnixNano: `${Date.now()}${String(sent).padStart(6, '0')}`,
    traceId,
    spanId: createHash('sha256').update(`${traceId}${sent}`).digest('hex').slice(0, 16),
    body: { kvlistValue: { values: [{ key: 'text', value: { stringValue: text } }] } },
    attributes: toAttributes({ ...attributes, 'log.record.uid': `in-flight-${sent}` }),
  };
}

function toAttributes(attributes: Record<string, string | number | boolean>) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { intValue: `${value}` }
          : { boolValue: value },
  }));
}
