import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { succeeds } from '../faults/commands.js';
import { killAll, PACKAGE, startNode } from '../process/start.js';

const directory = mkdtempSync(join(tmpdir(), 'demo-image-'));
const canUnshare = succeeds('unshare', ['--pid', '--fork', '--mount-proc', 'true']);
const { services } = parse(readFileSync(join(PACKAGE, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: { [name: string]: { profiles?: string[]; command: string[]; environment?: Record<string, string> } };
};
const demo = Object.entries(services).filter(([, { profiles }]) => profiles?.includes('demo'));

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('has its services in docker-compose.yml', () => {
  expect(demo.map(([name]) => name).sort()).toEqual(['checkout', 'client', 'gateway']);
});

describe('the image of the demo', () => {
  it('is built of the files that its Dockerfile copies', () => {
    const copies = readFileSync(join(PACKAGE, 'deploy/demo/Dockerfile'), 'utf8').matchAll(/^COPY (.*) (\S+)$/gm);
    for (const [, sources = '', target = ''] of copies)
      for (const source of sources.split(' ')) {
        const place = join(directory, target === './' ? source : target);
        mkdirSync(dirname(place), { recursive: true });
        cpSync(join(PACKAGE, source), place, { recursive: true, filter: (path) => !path.includes('node_modules') });
      }
    symlinkSync(join(PACKAGE, 'node_modules'), join(directory, 'node_modules'));
    execFileSync('npm', ['run', 'build'], { cwd: directory, stdio: 'pipe' });
    execFileSync(process.execPath, ['-e', "require('./dist/cjs/index.js')"], { cwd: directory });
  });
});

describe.skipIf(!canUnshare)('a service of the demo, as the first process of its container,', () => {
  it.each(demo.filter(([name]) => name !== 'client'))(
    'answers to docker kill -s SIGUSR1: %s',
    async (_, { command }) => {
      const service = startNode(
        [
          '--pid',
          '--fork',
          '--kill-child',
          '--mount-proc',
          ...command.map((word) => (word === 'node' ? process.execPath : word)),
        ],
        {
          command: 'unshare',
          cwd: join(PACKAGE, 'examples/traces'),
          env: { PORT: '0', OTEL_METRICS_EXPORTER: 'none' },
        },
      );
      await service.untilStdout(/: pid 1, port \d+/);
      const [pid = ''] = readFileSync(`/proc/${service.pid}/task/${service.pid}/children`, 'latin1').split(' ');
      process.kill(Number(pid), 'SIGUSR1');
      const report = await service.untilStderr(/^====\s+Runtime\s+====$/m);
      expect(report).toMatch(/^process = 1\b/m);
      expect(report).not.toContain('Debugger listening');
    },
  );

  it('is not ended by it if it is a shell: client', async () => {
    const { command } = services.client ?? { command: [] };
    // As Compose reads it.
    const script = command.map((word) => word.replaceAll('$$', '$').replace('sleep 2', 'sleep 0.1; echo turn'));
    const service = startNode(['--pid', '--fork', '--kill-child', '--mount-proc', ...script], {
      command: 'unshare',
      cwd: directory,
    });
    await service.untilStdout(/turn/);
    const [pid = ''] = readFileSync(`/proc/${service.pid}/task/${service.pid}/children`, 'latin1').split(' ');
    process.kill(Number(pid), 'SIGUSR1');
    const turns = service.stdout().length;
    await service.untilStdout(new RegExp(`^(?:turn\\n){${turns / 'turn\n'.length + 2},}`));
    expect(service.child.exitCode).toBeNull();
  });
});
