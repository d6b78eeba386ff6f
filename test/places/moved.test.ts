import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { killAll, makeStateDirectory, PACKAGE, startNode, WHOLE } from '../process/start.js';
import { startCollector } from './collector.js';

afterEach(killAll);

const APP = `import { setupAutorun } from 'guru-meditation';
await setupAutorun().ready; console.log('up ' + process.pid); setInterval(() => {}, 60_000);`;

describe('a package that is not, or no longer, at its place', () => {
  it('whose directory is moved after the start: reports and their delivery need no file of it', async () => {
    const collector = await startCollector();
    const place = makeStateDirectory();
    const installed = join(place, 'node_modules', 'guru-meditation');
    mkdirSync(installed, { recursive: true });
    cpSync(join(PACKAGE, 'package.json'), join(installed, 'package.json'));
    cpSync(join(PACKAGE, 'dist'), join(installed, 'dist'), { recursive: true });
    writeFileSync(join(place, 'app.mjs'), APP);
    const app = startNode([join(place, 'app.mjs')], { env: collector.env });
    await app.untilStdout(/up/);
    renameSync(installed, join(place, 'elsewhere'));
    app.kill();
    await app.untilStderr(WHOLE);
    await collector.untilReports(1);
    expect(app.stderr()).not.toMatch(/^gmr: /m);
  });

  it('inside a zip archive of Yarn Plug’n’Play: reports are made and delivered', async () => {
    const collector = await startCollector();
    const project = makeStateDirectory();
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'shop', type: 'module', dependencies: { 'guru-meditation': `file:${pack(project)}` } }),
    );
    writeFileSync(
      join(project, '.yarnrc.yml'),
      'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\nenableImmutableInstalls: false\n',
    );
    writeFileSync(join(project, 'app.mjs'), APP);
    const yarn = createRequire(import.meta.url).resolve('@yarnpkg/cli-dist/bin/yarn.js');
    const install = startNode([yarn, 'install'], { cwd: project, env: { HOME: project } });
    expect((await install.ended).code, install.stdout()).toBe(0);
    const loaders = ['--require', './.pnp.cjs', '--loader', pathToFileURL(join(project, '.pnp.loader.mjs')).href];
    const app = startNode(['--no-warnings', ...loaders, '--import', 'guru-meditation/register', 'app.mjs'], {
      cwd: project,
      env: collector.env,
    });
    await app.untilStdout(/up/);
    app.kill();
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/^product = shop$/m);
    await collector.untilReports(1);
    expect(app.stderr()).not.toMatch(/^gmr: /m);
  });
});

/** The package as npm packs it, without the dependencies that package.json names: what runs is bundled, and no registry is asked. */
function pack(directory: string): string {
  const run = (from: string) =>
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory], {
      cwd: from,
      encoding: 'utf8',
    }).trim();
  const packed = join(directory, run(PACKAGE).split('\n').at(-1) ?? '');
  execFileSync('tar', ['-xzf', packed, '-C', directory]);
  const manifest = join(directory, 'package', 'package.json');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), dependencies: {} }));
  return join(directory, run(join(directory, 'package')).split('\n').at(-1) ?? '');
}
