import { hostname } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { toResource } from '../../src/export/http/opentelemetry.js';
import { describeResource } from '../../src/export/resource.js';
import { createRedactor } from '../../src/redact/redactor.js';
import { cleanUp } from './helpers.js';

afterEach(cleanUp);
const mask = createRedactor({ secretNames: [], declared: {} }).text;
const options = { service: 'checkout', version: '1.4.2', argv: ['/usr/bin/node', '/srv/app.js'] };

test('the resource names service, host, process, container and SDK', () => {
  const { attributes } = toResource(describeResource({ ...options, containerId: 'c0ffee' }, mask));
  expect(attributes).toMatchObject({
    'service.name': 'checkout',
    'service.version': '1.4.2',
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.command': '/srv/app.js',
    'process.runtime.name': 'nodejs',
    'container.id': 'c0ffee',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
  });
});

test('the environment wins over the facts of the process', () => {
  process.env.OTEL_RESOURCE_ATTRIBUTES = 'service.name=other,service.instance.id=i-1,deployment.environment.name=prod';
  expect(toResource(describeResource(options, mask)).attributes).toMatchObject({
    'service.name': 'other',
    'service.instance.id': 'i-1',
    'deployment.environment.name': 'prod',
  });
  process.env.OTEL_SERVICE_NAME = 'named';
  expect(toResource(describeResource(options, mask)).attributes['service.name']).toBe('named');
});

test('no attribute shows a secret of the command line or of the environment', () => {
  process.env.OTEL_RESOURCE_ATTRIBUTES = 'api.key=s3cr3t-one,deployment.environment.name=prod';
  const argv = [
    ...options.argv,
    '--password',
    's3cr3t-two',
    '--token=s3cr3t-three',
    'redis://u:s3cr3t-four@db/0',
    'plain',
  ];
  const { attributes } = toResource(describeResource({ ...options, argv }, mask));
  expect(JSON.stringify(attributes)).not.toContain('s3cr3t');
  expect(attributes['process.command_args']).toEqual(expect.arrayContaining(['--password', '***', 'plain']));
  expect(attributes['api.key']).toBe('***');
});

test('the application’s SDK wins over the facts of the process, and the environment over the SDK', () => {
  const said = {
    'service.name': 'shop',
    'service.instance.id': 'i-7',
    'cloud.region': 'north',
    'db.password': 's3cr3t-five',
    'process.command_args': ['node', 'app.js', '--password', 's3cr3t-six'],
    'telemetry.sdk.version': '3.1.1',
  };
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'cloud.region=south' };
  const attributes = describeResource({ ...options, application: () => said }, mask, environment);
  expect(attributes).toMatchObject({
    'service.name': 'shop',
    'service.version': '1.4.2',
    'service.instance.id': 'i-7',
    'cloud.region': 'south',
    'db.password': '***',
    'process.command_args': ['node', 'app.js', '--password', '***'],
  });
  expect(attributes).not.toHaveProperty(['telemetry.sdk.version']);
  expect(JSON.stringify(attributes)).not.toContain('s3cr3t');
});

test('a number that OTLP cannot have is a text, and one that is a secret is masked', () => {
  const said = {
    'shop.id': 12,
    'shop.share': 0.5,
    'shop.big': 1e20,
    'shop.none': Number.NaN,
    'shop.zero': -0,
    'db.password': 4711_4711,
  };
  const attributes = describeResource({ ...options, declared: said }, mask, {});
  expect(attributes).toMatchObject({
    'shop.id': 12,
    'shop.share': 0.5,
    'shop.big': '100000000000000000000',
    'shop.none': 'NaN',
    'shop.zero': 0,
    'db.password': '***',
  });
});

test('our name of the service stays if the application’s SDK has none', () => {
  const application = () => ({ 'service.name': 'unknown_service:node', 'service.instance.id': 'i-8' });
  expect(describeResource({ ...options, application }, mask, {})).toMatchObject({
    'service.name': 'checkout',
    'service.instance.id': 'i-8',
  });
});

test('a command line of any length is bounded, and says so', () => {
  const argv = [...options.argv, ...Array.from({ length: 5000 }, () => 'x'.repeat(5000))];
  const { attributes } = toResource(describeResource({ ...options, argv }, mask));
  expect(JSON.stringify(attributes).length).toBeLessThan(150_000);
  expect((attributes['process.command_args'] as string[]).at(-1)).toMatch(/^\[cut: \d+ arguments\]$/);
});
