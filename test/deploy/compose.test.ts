import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly mem_limit?: string;
  readonly command?: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  readonly deploy?: { readonly replicas: number };
  readonly depends_on?: object;
}

interface Compose {
  readonly services: { readonly [name: string]: Service };
  readonly volumes: { readonly [name: string]: unknown };
}

const stack = read('docker-compose.yml');
const overlay = read('compose.secure.yml');
const services = Object.entries(stack.services);

describe('docker-compose.yml', () => {
  it('pins every image, and bounds the memory of every service', () => {
    for (const [name, { image, build, mem_limit }] of services) {
      expect(`${name} ${build ? `${image}:built` : image}`).toMatch(/:(\d+\.\d+\.\d+|built)$/);
      expect(`${name} ${mem_limit}`).toMatch(/ \d+[mg]$/);
    }
  });

  it('opens every port on loopback only', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(ports.length).toBeGreaterThan(5);
  });

  it('mounts what there is, and volumes that are declared', () => {
    for (const volume of services.flatMap(([, { volumes = [] }]) => volumes)) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) expect(`${source} ${existsSync(root + source)}`).toBe(`${source} true`);
      else expect(Object.keys(stack.volumes)).toContain(source);
    }
  });

  it('gives each program the file that the end-to-end tests run', () => {
    expect(stack.services.collector?.command).toEqual(['--config', '/etc/otelcol/collector.yaml']);
    expect(stack.services.loki?.command?.[0]).toBe('-config.file=/etc/loki/loki.yaml');
    expect(stack.services.jaeger?.command).toEqual(['--config', '/etc/jaeger/jaeger.yaml']);
    for (const file of ['collector/collector', 'collector/secure', 'collector/sampling', 'loki/loki', 'jaeger/jaeger'])
      expect(existsSync(`${root}deploy/${file}.yaml`)).toBe(true);
  });

  it('gives Jaeger links from a report’s id to Grafana and to the viewer', () => {
    const [, path = ''] = /config_file: \${env:JAEGER_UI_CONFIG:-([^}]+)}/.exec(
      readFileSync(`${root}deploy/jaeger/jaeger.yaml`, 'utf8'),
    ) as RegExpExecArray;
    expect(stack.services.jaeger?.volumes).toContain('./deploy/jaeger:/etc/jaeger:ro');
    const { linkPatterns } = JSON.parse(
      readFileSync(`${root}deploy/jaeger/${path.replace('/etc/jaeger/', '')}`, 'utf8'),
    ) as { linkPatterns: { key: string; type: string; url: string }[] };
    for (const { key, type } of linkPatterns) expect(`${type} ${key}`).toBe('tags gmr.report.id');
    expect(linkPatterns.map(({ url }) => new URL(url.replace('#{gmr.report.id}', 'ID')).href)).toEqual([
      'http://localhost:3000/d/gmr-reports?from=now-7d&to=now&var-report=ID',
      'http://localhost:4319/reports/ID',
    ]);
  });

  it('keeps what the defaults of those files name on a volume', () => {
    const defaults = (file: string, variable: string) =>
      new RegExp(`${variable}:-([^}]+)}`).exec(readFileSync(`${root}deploy/${file}`, 'utf8'))?.[1] ?? '';
    const mounted = (name: string) => stack.services[name]?.volumes?.map((volume) => volume.split(':')[1] ?? '') ?? [];
    expect(
      mounted('collector').some((path) => defaults('collector/collector.yaml', 'QUEUE_DIRECTORY').startsWith(path)),
    ).toBe(true);
    expect(mounted('loki')).toContain(defaults('loki/loki.yaml', 'LOKI_DIRECTORY'));
    expect(mounted('jaeger')).toContain(defaults('jaeger/jaeger.yaml', 'JAEGER_DIRECTORY'));
  });

  it('has the demo in a profile of its own, with three services that get stuck', () => {
    const demo = services.filter(([, { profiles }]) => profiles?.includes('demo')).map(([name]) => name);
    expect(demo).toEqual(['checkout', 'gateway', 'client']);
    expect(stack.services.checkout?.deploy?.replicas).toBe(3);
  });
});

describe('compose.secure.yml', () => {
  it('changes services that there are, and opens nothing but the collector', () => {
    expect(Object.keys(overlay.services).filter((name) => !stack.services[name])).toEqual([]);
    const open = Object.entries(overlay.services).filter(([, { ports = [] }]) =>
      ports.some((port) => !port.startsWith('127.')),
    );
    expect(open.map(([name]) => name)).toEqual(['collector']);
    expect(overlay.services.collector?.command).toContain('/etc/otelcol/secure.yaml');
  });

  it('gives every sender the certificate and the token', () => {
    for (const name of ['checkout', 'gateway', 'client'])
      expect(overlay.services[name]?.environment).toMatchObject({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318',
        OTEL_EXPORTER_OTLP_HEADERS: expect.stringMatching(/^authorization=Bearer%20/),
        OTEL_EXPORTER_OTLP_CERTIFICATE: '/secure/ca.pem',
      });
  });
});

/** Compose itself, where it is installed: it needs no engine to read its files. */
describe.skipIf(spawnSync('docker', ['compose', 'version']).status !== 0)('docker compose config', () => {
  const config = (...files: string[]) => {
    const args = files.flatMap((file) => ['-f', file]);
    const env = { ...process.env, COLLECTOR_TOKEN: 'token', SECURE_DIRECTORY: './test' };
    const { status, stdout, stderr } = spawnSync(
      'docker',
      ['compose', ...args, '--profile', 'demo', 'config', '--format', 'json'],
      {
        cwd: root,
        encoding: 'utf8',
        env,
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout) as {
      services: { [name: string]: { ports?: { host_ip?: string }[]; environment?: Record<string, string> } };
    };
  };

  it('understands the stack', () => {
    expect(Object.keys(config('docker-compose.yml').services).sort()).toEqual(Object.keys(stack.services).sort());
  });

  it('merges the overlay: the collector is open, and nothing else', () => {
    const merged = config('docker-compose.yml', 'compose.secure.yml').services;
    const open = Object.entries(merged).filter(([, { ports = [] }]) =>
      ports.some(({ host_ip }) => host_ip !== '127.0.0.1'),
    );
    expect(open.map(([name]) => name)).toEqual(['collector']);
    expect(merged.checkout?.environment).toMatchObject({
      PORT: '8081',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
    });
  });
});

function read(file: string): Compose {
  const override = { tag: '!override', collection: 'seq' as const };
  return parse(readFileSync(root + file, 'utf8'), { merge: true, customTags: [override] }) as Compose;
}
