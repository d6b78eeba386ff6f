import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { killAll, PACKAGE, startNode, WHOLE } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'docs-'));
afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function readBlocks(file: string, language: string): string[] {
  const text = readFileSync(join(PACKAGE, 'docs', file), 'utf8');
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...blocks].map(([, block = '']) => block);
}

interface Container {
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
}

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

describe('docs/kubernetes.md', () => {
  const { kind, spec } = parse(readBlocks('kubernetes.md', 'yaml')[0] ?? '') as Deployment;
  const { initContainers, containers, volumes } = spec.template.spec;
  const [container] = containers;
  const readVariable = (name: string) => container?.env?.find((one) => one.name === name)?.value ?? '';

  it('mounts what it declares, and brings the version that this is', () => {
    expect(kind).toBe('Deployment');
    const declared = volumes.map(({ name }) => name);
    for (const { volumeMounts } of [...initContainers, ...containers])
      expect(declared).toEqual(expect.arrayContaining(volumeMounts.map(({ name }) => name)));
    const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
    expect(initContainers[0]?.command.at(-1)).toBe(`guru-meditation@${version}`);
    expect(container?.volumeMounts.map(({ mountPath }) => mountPath)).toContain(readVariable('GMR_SPOOL_DIR'));
  });

  it('arms the service by NODE_OPTIONS, with the spool where it says, and its commands ask it', async () => {
    const installed = '/gmr/node_modules/guru-meditation/';
    const path = (text: string) => text.replaceAll(installed, PACKAGE).replaceAll('/spool', join(directory, 'spool'));
    writeFileSync(join(directory, 'app.js'), "setInterval(() => {}, 1000); console.log('up');");
    const app = startNode([join(directory, 'app.js')], {
      env: {
        NODE_OPTIONS: path(readVariable('NODE_OPTIONS')),
        GMR_SPOOL_DIR: path(readVariable('GMR_SPOOL_DIR')),
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      },
    });
    await app.untilStdout(/up/);
    const commands = readBlocks('kubernetes.md', 'sh')[0]?.split('\n') ?? [];
    const [asks = '', dumps = ''] = commands.map((line) => line.replace(/^kubectl exec \S+ -c \S+ -- /, ''));
    spawnSync('sh', ['-c', asks.replace('kill(1,', `kill(${app.pid},`)]);
    await app.untilStderr(WHOLE);
    await app.untilStderr(new RegExp(`kept in ${join(directory, 'spool')}`));
    const stop = container?.lifecycle?.preStop.exec.command.at(-1) ?? '';
    const stopped = startNode(['-e', stop.replace('kill(1,', `kill(${app.pid},`)]);
    expect((await stopped.ended).code).toBe(0);
    await app.untilStderr(WHOLE, 2);
    const [node, file = '', ...args] = path(dumps).split(' ');
    expect(node).toBe('node');
    const dump = startNode([file, ...args.map((one) => (one === '1' ? String(app.pid) : one))]);
    expect((await dump.ended).code).toBe(0);
    expect(dump.stdout()).toMatch(/^trigger = signal /m);
  });
});

describe('docs/systemd.md', () => {
  const [unit = ''] = readBlocks('systemd.md', 'ini');

  it.skipIf(!existsSync('/usr/bin/systemd-analyze'))('has a unit that systemd-analyze accepts', () => {
    const file = join(directory, 'checkout.service');
    writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it('starts Node itself', () => {
    expect(unit).toMatch(/^ExecStart=\/usr\/bin\/node --import guru-meditation\/register /m);
  });
});

describe('docs/docker.md', () => {
  it('has Node as the first process, armed', () => {
    const command = /^CMD (\[.*\])$/m.exec(readBlocks('docker.md', 'dockerfile')[0] ?? '')?.[1];
    expect(JSON.parse(command ?? '[]')).toEqual(['node', '--import', 'guru-meditation/register', 'app.js']);
  });
});
