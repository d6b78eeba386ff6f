import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { CLI, killAll, REGISTER, startNode } from '../process/start.js';

const directory = mkdtempSync(join(tmpdir(), 'cli-places-'));
const file = join(directory, 'file');
const pipe = join(directory, 'pipe');
writeFileSync(file, '');
execFileSync('mkfifo', [pipe]);

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function gmr(args: readonly string[]) {
  const command = startNode([CLI, ...args], {
    env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  });
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

it.each([
  ['below /proc', '/proc/gmr/reports', /^gmr: --dir \/proc\/gmr\/reports cannot be used: ENOENT: .*\n$/],
  ['below /dev/fd', '/dev/fd/99/reports', /^gmr: --dir \S+ cannot be used: ENOENT: .*\n$/],
  ['below a file', join(file, 'reports'), /^gmr: --dir \S+ cannot be used: ENOTDIR: .*\n$/],
  ['that is a pipe', pipe, /^gmr: --dir \S+ cannot be used: ENOTDIR: \S+ is not a directory\n$/],
])('gmr collect ends with one line for a directory %s', async (_, place, message) => {
  const { code, stdout, stderr } = await gmr(['collect', '--port', '0', '--dir', place]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

it.each([
  ['a pipe', pipe, /^gmr: --from \S+ is not a regular file: for a pipe, use --from - and stdin\n$/],
  ['a directory', directory, /^gmr: --from \S+ is not a regular file/],
  ['a device', '/dev/zero', /^gmr: --from \/dev\/zero is not a regular file/],
  ['no file', join(directory, 'none'), /^gmr: --from \S+ cannot be read: ENOENT/],
])('gmr show --from ends with one line for %s', async (_, path, message) => {
  const { code, stderr } = await gmr(['show', '--from', path]);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

it('gmr replay exits with 1 if the directory does not exist, and skips a pipe in one that does', async () => {
  const none = join(directory, 'none');
  expect(await gmr(['replay', none])).toMatchObject({ code: 1, stderr: `gmr: there is no ${none}\n` });
  const spool = join(directory, 'spool');
  mkdirSync(spool, { mode: 0o700 });
  execFileSync('mkfifo', [join(spool, `shop.1795520345123.${'a'.repeat(32)}.nobody.jsonl`)]);
  expect((await gmr(['replay', spool])).stdout).toMatch(/^gmr replay: \d found in /m);
});

it.each([['-e'], ['--eval'], ['-p'], ['--eval=']])(
  'gmr ps takes the path behind `node %s CODE` for an argument of the program, as the program’s report does',
  async (option) => {
    const [project, other] = ['project', 'other'].map((name) => {
      const place = join(directory, `${name}${option}`);
      mkdirSync(place);
      writeFileSync(join(place, 'package.json'), JSON.stringify({ name }));
      return place;
    });
    const code = "setupAutorun().ready.then(() => console.log('up')); setInterval(() => {}, 60_000)";
    const text = `import('guru-meditation').then(({ setupAutorun }) => { ${code} })`;
    const given = option.endsWith('=') ? [`${option}${text}`] : [option, text];
    mkdirSync(join(project ?? '', 'node_modules'));
    execFileSync('ln', ['-s', join(CLI, '..', '..'), join(project ?? '', 'node_modules', 'guru-meditation')]);
    const app = startNode(['--import', REGISTER, ...given, join(other ?? '', 'app.js')], { cwd: project ?? '' });
    await app.untilStdout(/up/);
    const rows = (await gmr(['ps', '--json'])).stdout.trim().split('\n');
    const row = rows.map((line) => JSON.parse(line)).find(({ pid }) => pid === app.pid);
    expect(row).toMatchObject({ service: 'project', armed: true });
    app.kill('SIGUSR2');
    expect(await app.untilStderr(/^product = .*$/m)).toMatch(/^product = project$/m);
  },
);
