import type { Report, Value } from '../../src/report.js';
import { makeReport, makeSection } from './helpers.js';

/** With values of every kind that OTLP has. */
export function makeRichReport(): Report {
  const data: Value = {
    ratio: 0.5,
    count: 3,
    below: -7,
    far: 2 ** 52,
    huge: 1e300,
    text: 'é\u2028',
    none: null,
    list: [1, 'a', true],
    no: '',
  };
  const spans = [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'POST /', ageMs: 5, active: true }];
  return makeReport([
    makeSection('runtime', data, { facts: { 'app.ratio': 1.5, 'app.ok': true } }),
    makeSection('custom.queue', null, { status: 'timed_out', error: 'no answer' }),
    makeSection('in_flight', { spans, requests: [] }),
  ]);
}

/** OTLP in JSON and in protobuf in one form: ids as hexadecimal digits, integers of 64 bits as text, no empty or zero fields. */
export function normalize(value: unknown, key = ''): unknown {
  if (/(trace|span)Id$/i.test(key)) return Array.isArray(value) ? Buffer.from(value).toString('hex') : value;
  if (key === 'intValue') return String(value);
  if (Array.isArray(value)) return value.map((item) => normalize(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, item]) => [name, normalize(item, name)] as const)
    .filter(([name, item]) => !(item === 0 && !/Value$/.test(name)) && !(Array.isArray(item) && item.length === 0))
    .filter(([, item]) => !(typeof item === 'object' && item !== null && Object.keys(item).length === 0));
  return Object.fromEntries(entries);
}
