import { expect, test } from 'vitest';
import { readTarget } from '../../src/export/target.js';
import { readHeaderNames, type Signal } from '../../src/export/target-sources.js';
import { readResourceAttributes, readServiceName } from '../../src/otel-environment.js';

const read = (environment: Record<string, string>, signal: Signal = 'logs') =>
  readTarget(signal, { environment }, (text) => text);

test('without any variable the target is the local collector', () => {
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
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://[::1]:4318/a%20b' }, 'http://[::1]:4318/a%20b/v1/logs'],
  [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, 'http://logs/own'],
])('the endpoint of %j is %s', (environment, url) => {
  expect(read(environment)).toMatchObject({ kind: 'on', url, shownUrl: url, problems: [] });
});

test.each([
  [
    'http://collector:4318?key=hunter2',
    'http://collector:4318/v1/logs?key=hunter2',
    'http://collector:4318/v1/logs?key=***',
  ],
  [
    'http://collector/otlp/?key=hunter2',
    'http://collector/otlp/v1/logs?key=hunter2',
    'http://collector/otlp/v1/logs?key=***',
  ],
  ['http://collector/#top', 'http://collector/v1/logs#top', 'http://collector/v1/logs'],
])('the path of the signal stands before the query of %s', (base, url, shownUrl) => {
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: base })).toMatchObject({ kind: 'on', url, shownUrl, problems: [] });
});

test('credentials in the endpoint are used and not shown', () => {
  const target = read({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://me:hunter2@collector/v1/logs?api=hunter2' });
  expect(target).toMatchObject({ url: 'https://me:hunter2@collector/v1/logs?api=hunter2' });
  expect(target).toMatchObject({ shownUrl: 'https://***@collector/v1/logs?api=***' });
});

test.each(['collector:4318', 'not a url', 'grpc://collector:4317', 'http://', 'me:hunter2@collector:4318'])(
  'an endpoint %j that is not an HTTP URL turns the target off, and no password is shown',
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

test('values that are understood are not problems', () => {
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

test('traces that are asked for are on, also with an endpoint for logs alone', () => {
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

test('the length of a pair of the resource attributes is that of its text, not of its percent-encoding', () => {
  const name = '店'.repeat(255);
  const environment = (text: string) => ({ OTEL_RESOURCE_ATTRIBUTES: `service.name=${encodeURIComponent(text)}` });
  expect(readServiceName(environment(name))).toBe(name);
  expect(readResourceAttributes(environment(`${name}s`)).skipped).toHaveLength(1);
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

test('an option counts if no variable is set, and messages name the option', () => {
  const mask = (text: string) => text;
  const options = { endpoint: 'http://option:4318', timeoutMs: '50', certificate: '/ca.pem' };
  expect(readTarget('logs', { environment: {}, options }, mask)).toMatchObject({
    url: 'http://option:4318/v1/logs',
    timeoutMs: 50,
    certificates: { ca: { variable: 'otlp.certificate', path: '/ca.pem' } },
  });
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable', OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '70' };
  expect(readTarget('logs', { environment, options }, mask)).toMatchObject({
    url: 'http://variable/v1/logs',
    timeoutMs: 70,
  });
  expect(readTarget('traces', { environment, options }, mask)).toMatchObject({ timeoutMs: 50 });
  expect(readTarget('traces', { environment: {}, options: { logsEndpoint: 'http://logs/own' } }, mask)).toMatchObject({
    kind: 'off',
    reason: 'otlp.logsEndpoint is set, and no endpoint for traces',
  });
});

test.each([
  [{}, 'http://localhost:4317/', 'grpc://localhost:4317'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' }, 'http://collector:4317/', 'grpc://collector:4317'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://me:pw@collector' }, 'https://me:pw@collector/', 'grpcs://***@collector'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, 'https://collector:4317/', 'grpcs://collector:4317'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_INSECURE: 'TRUE' },
    'http://collector:4317/',
    'grpc://collector:4317',
  ],
])('over gRPC, %j is %s', (environment, url, shownUrl) => {
  const target = read({ ...environment, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  expect(target).toMatchObject({ kind: 'on', protocol: 'grpc', url, shownUrl, problems: [] });
});

test('an exporter of the program is used in place of OTLP if the signal is not turned off', () => {
  const options = { exporter: { module: './exporter.mjs' }, endpoint: 'http://option' };
  const ask = (environment: Record<string, string>) => readTarget('logs', { environment, options }, (text) => text);
  expect(ask({ OTEL_EXPORTER_OTLP_TIMEOUT: '70' })).toMatchObject({
    kind: 'module',
    shownUrl: 'exporter ./exporter.mjs',
    timeoutMs: 70,
  });
  expect(ask({ OTEL_LOGS_EXPORTER: 'none' })).toMatchObject({ kind: 'off' });
});

test('headers of the environment are known by their names', () => {
  const environment = { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=a, x=b', OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'y=c' };
  expect(readHeaderNames('logs', environment)).toEqual(new Set(['authorization', 'x', 'y']));
  expect(readHeaderNames('traces', environment)).toEqual(new Set(['authorization', 'x']));
  expect(readHeaderNames('logs', {})).toEqual(new Set());
});
