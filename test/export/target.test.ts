import { expect, test } from 'vitest';
import { readTarget } from '../../src/export/target.js';

const read = (environment: Record<string, string>) => readTarget(environment, (text) => text);

test('without any variable it is the local collector', () => {
  expect(read({})).toMatchObject({
    kind: 'on',
    shownUrl: 'http://localhost:4318/v1/logs',
    timeoutMs: 10_000,
    problems: [],
  });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'http://collector:4318/v1/logs'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector/otlp/' }, 'https://collector/otlp/v1/logs'],
  [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, 'http://logs/own'],
])('the endpoint of %j is %s', (environment, url) => {
  expect(read(environment)).toMatchObject({ kind: 'on', url, shownUrl: url, problems: [] });
});

test('credentials in the endpoint are used and not shown', () => {
  const target = read({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://me:hunter2@collector/v1/logs?api=hunter2' });
  expect(target).toMatchObject({ url: 'https://me:hunter2@collector/v1/logs?api=hunter2' });
  expect(target).toMatchObject({ shownUrl: 'https://***@collector/v1/logs?api=***' });
});

test.each(['collector:4318', 'not a url', 'grpc://collector:4317', 'http://', 'me:hunter2@collector:4318'])(
  'an endpoint %j that is no HTTP URL is a reason not to send, and shows no password',
  (value) => {
    const target = read({ OTEL_EXPORTER_OTLP_ENDPOINT: value });
    expect(target.kind).toBe('off');
    expect(JSON.stringify(target)).toContain('expected a URL such as http://localhost:4318');
    expect(JSON.stringify(target)).not.toContain('hunter2');
  },
);

test.each([
  [{ OTEL_SDK_DISABLED: 'TRUE' }, 'OTEL_SDK_DISABLED=true'],
  [{ OTEL_LOGS_EXPORTER: 'none' }, 'OTEL_LOGS_EXPORTER=none'],
  [{ OTEL_LOGS_EXPORTER: 'console' }, 'OTEL_LOGS_EXPORTER=console'],
])('%j switches it off', (environment, reason) => {
  expect(read(environment)).toEqual({ kind: 'off', reason, problems: [] });
});

test.each([
  [{ OTEL_LOGS_EXPORTER: 'oltp' }, /^OTEL_LOGS_EXPORTER=oltp is not understood: expected otlp.*; otlp holds$/],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /^OTEL_EXPORTER_OTLP_PROTOCOL=grpc: only http\/json is built in/],
  [
    { OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf' },
    /^OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http\/protobuf: only http/,
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h:4317' }, /4317\/v1\/logs has the port of OTLP over gRPC/],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' }, /^OTEL_EXPORTER_OTLP_TIMEOUT=soon is not understood.*10000 holds$/],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, /^OTEL_EXPORTER_OTLP_COMPRESSION=zstd is not understood/],
  [{ OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such.pem' }, /^OTEL_EXPORTER_OTLP_CERTIFICATE=.* cannot be read \(ENOENT\)/],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b,c' }, /^OTEL_RESOURCE_ATTRIBUTES is not understood at c: expected key=value/],
])('%j is one line, and the default holds', (environment, line) => {
  const target = read(environment);
  expect(target.kind).toBe('on');
  expect(target.problems).toEqual([expect.stringMatching(line)]);
});

test('what is understood is no problem', () => {
  const environment = {
    OTEL_LOGS_EXPORTER: 'console,otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '2500',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_RESOURCE_ATTRIBUTES: 'a=b, c=d%2Ce,',
  };
  expect(read(environment)).toMatchObject({ kind: 'on', timeoutMs: 2500, problems: [] });
});
