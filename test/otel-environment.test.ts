import { expect, test } from 'vitest';
import {
  readHeaderNames,
  readResourceAttributes,
  readServiceName,
  readTarget,
  type Signal,
} from '../src/otel-environment.js';

const read = (environment: Record<string, string>, signal: Signal = 'logs') =>
  readTarget(signal, environment, (text) => text);

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
  [{ OTEL_LOGS_EXPORTER: 'oltp' }, /^ignoring OTEL_LOGS_EXPORTER=oltp: expected otlp.*; using otlp$/],
  [
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    /^ignoring OTEL_EXPORTER_OTLP_PROTOCOL=grpc: expected http\/json or http\/protobuf .*gRPC is not built in.*; using http\/json$/,
  ],
  [
    { OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http' },
    /^ignoring OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http: expected http\/json/,
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h:4317' }, /^http:\/\/h:4317 has the port of OTLP over gRPC/],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' }, /^ignoring OTEL_EXPORTER_OTLP_TIMEOUT=soon: .*using 10000$/],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, /^ignoring OTEL_EXPORTER_OTLP_COMPRESSION=zstd/],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b,c' }, /^ignoring c in OTEL_RESOURCE_ATTRIBUTES: expected key=value/],
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

test('traces have variables of their own, and go where logs go otherwise', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2500',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
  };
  expect(read(environment, 'traces')).toMatchObject({
    kind: 'on',
    url: 'http://collector:4318/v1/traces',
    protocol: 'http/protobuf',
    timeoutMs: 2500,
    problems: [],
  });
  expect(read(environment)).toMatchObject({ kind: 'on', protocol: 'http/json', timeoutMs: 10_000, problems: [] });
  const own = { ...environment, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://jaeger/own' };
  expect(read(own, 'traces')).toMatchObject({ url: 'http://jaeger/own' });
});

test.each([
  [{ OTEL_TRACES_EXPORTER: 'none' }, 'OTEL_TRACES_EXPORTER=none'],
  [{ OTEL_SDK_DISABLED: 'true' }, 'OTEL_SDK_DISABLED=true'],
  [
    { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs/own' },
    'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT is set, and no endpoint for traces',
  ],
])('%j switches traces off', (environment, reason) => {
  expect(read(environment, 'traces')).toEqual({ kind: 'off', reason, problems: [] });
});

test('a place for logs alone does not keep traces from where they are asked for', () => {
  const environment = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs/own', OTEL_TRACES_EXPORTER: 'otlp' };
  expect(read(environment, 'traces')).toMatchObject({ kind: 'on', url: 'http://localhost:4318/v1/traces' });
  expect(read({ OTEL_LOGS_EXPORTER: 'none' }, 'traces')).toMatchObject({ kind: 'on' });
});

test.each(['http/protobuf', 'HTTP/Protobuf', 'http/json'])('the protocol %s is built in', (value) => {
  const target = read({ OTEL_EXPORTER_OTLP_PROTOCOL: value });
  expect(target).toMatchObject({ protocol: value.toLowerCase(), problems: [] });
});

test('a pair of the resource attributes that is not understood is skipped, and the others hold', () => {
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,broken, a=b%2Cc ,x=%zz,y=1=2,,host.name=web' };
  expect(readResourceAttributes(environment)).toEqual({
    attributes: { 'service.name': 'shop', a: 'b,c', 'host.name': 'web' },
    skipped: ['broken', 'x=%zz', 'y=1=2'],
  });
  expect(readServiceName(environment)).toBe('shop');
  expect(readServiceName({ ...environment, OTEL_SERVICE_NAME: ' till ' })).toBe('till');
  expect(readServiceName({})).toBeUndefined();
  expect(read(environment).problems).toHaveLength(3);
});

test('certificates are named with their variables', () => {
  const environment = { OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem', OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: '/key.pem' };
  expect(read(environment)).toMatchObject({
    certificates: {
      ca: { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path: 'ca.pem' },
      key: { variable: 'OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY', path: '/key.pem' },
    },
  });
});

test('an option counts where no variable says otherwise, and is named in what is said of it', () => {
  const mask = (text: string) => text;
  const options = { endpoint: 'http://option:4318', timeoutMs: '50', certificate: '/ca.pem' };
  expect(readTarget('logs', {}, mask, options)).toMatchObject({
    url: 'http://option:4318/v1/logs',
    timeoutMs: 50,
    certificates: { ca: { variable: 'otlp.certificate', path: '/ca.pem' } },
  });
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable', OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '70' };
  expect(readTarget('logs', environment, mask, options)).toMatchObject({
    url: 'http://variable/v1/logs',
    timeoutMs: 70,
  });
  expect(readTarget('traces', environment, mask, options)).toMatchObject({ timeoutMs: 50 });
  expect(readTarget('traces', {}, mask, { logsEndpoint: 'http://logs/own' })).toMatchObject({
    kind: 'off',
    reason: 'otlp.logsEndpoint is set, and no endpoint for traces',
  });
});

test('headers of the environment are known by their names', () => {
  const environment = { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=a, x=b', OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'y=c' };
  expect(readHeaderNames('logs', environment)).toEqual(new Set(['authorization', 'x', 'y']));
  expect(readHeaderNames('traces', environment)).toEqual(new Set(['authorization', 'x']));
  expect(readHeaderNames('logs', {})).toEqual(new Set());
});
