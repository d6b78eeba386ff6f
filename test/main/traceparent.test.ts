import { expect, test } from 'vitest';
import { findHeader, pathOf } from '../../src/main/in-flight/request.js';
import { parseTraceparent } from '../../src/main/in-flight/traceparent.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test('a traceparent is read to the letter of the specification', () => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId });
  expect(parseTraceparent(` 00-${traceId}-${spanId}-00 `)).toEqual({ traceId, spanId });
  expect(parseTraceparent(`01-${traceId}-${spanId}-01-what-comes`)).toEqual({ traceId, spanId });
});

test.each([
  ['none', undefined],
  ['several', [`00-${traceId}-${spanId}-01`]],
  ['an empty one', ''],
  ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['more than version 00 has', `00-${traceId}-${spanId}-01-more`],
  ['the forbidden version', `ff-${traceId}-${spanId}-01`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['a short trace id', `00-${traceId.slice(1)}-${spanId}-01`],
  ['no flags', `00-${traceId}-${spanId}`],
  ['lines', `00-${traceId}-${spanId}-01\nx`],
])('%s: nothing is read', (_, header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test('a header that came twice is ignored', () => {
  expect(findHeader(['Host', 'h', 'TraceParent', 'a'], 'traceparent')).toBe('a');
  expect(findHeader(['traceparent', 'a', 'Traceparent', 'b'], 'traceparent')).toBeUndefined();
});

test.each([
  ['/orders?token=t', '/orders'],
  ['http://user:secret@host:80/a/b?c#d', '/a/b'],
  ['host:443', 'host:443'],
  ['?only', '/'],
  ['', '/'],
  [undefined, '/'],
  ['*', '*'],
])('the path of %s is %s', (url, path) => {
  expect(pathOf(url)).toBe(path);
});

test('a path of any length is bounded, and says so', () => {
  expect(pathOf(`/${'x'.repeat(100_000)}`)).toMatch(/^\/x{999}… \[99001 of 100001 characters cut\]$/);
});
