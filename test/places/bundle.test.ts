import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Format } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, makeStateDirectory, REGISTER, startNode, WHOLE } from '../process/start.js';

afterEach(killAll);

const MAIN = `import { registerSection, setupAutorun } from 'guru-meditation';
setupAutorun({ package: { product: 'shop' } });
registerSection('Queue', () => ({ depth: 3 }));
setInterval(() => {}, 60_000);
process.on('SIGHUP', () => process.exit(7));
console.log('up');
`;

/** The program and the package in one file. */
async function bundle(format: Format): Promise<string> {
  const directory = makeStateDirectory();
  writeFileSync(join(directory, 'main.ts'), MAIN);
  const outfile = join(directory, 'dist', format === 'esm' ? 'app.mjs' : 'app.cjs');
  await build({
    entryPoints: [join(directory, 'main.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format,
    alias: { 'guru-meditation': fileURLToPath(INDEX) },
    logLevel: 'silent',
  });
  // This would run if the agent were looked for beside the bundle.
  mkdirSync(join(directory, 'agent'));
  writeFileSync(join(directory, 'agent', 'worker.js'), `console.log('somebody else’s worker');`);
  return outfile;
}

describe.each(['esm', 'cjs'] as const)('a program that has bundled the package into itself (%s)', (format) => {
  it('is told, once, what to do, and goes on; a signal harms nothing', async () => {
    const app = startNode([await bundle(format)]);
    await app.untilStdout(/up/);
    const said = await app.untilStderr(/^gmr: no reports can be made, the agent thread cannot run here: .*$/m);
    expect(said).toMatch(
      /leave it out of the bundle \(external\), or start the bundle with node --import guru-meditation\/register/,
    );
    app.kill('SIGUSR2');
    await app.untilStderr(/^gmr: SIGUSR2 makes no report/m);
    app.kill('SIGHUP');
    expect(await app.ended).toEqual({ code: 7, signal: null });
    expect(app.stdout()).toBe('up\n');
    expect([...app.stderr().matchAll(/^gmr: no reports/gm)]).toHaveLength(1);
  });

  it('reports with --import, with what it has registered in the bundle', async () => {
    const app = startNode(['--import', REGISTER, await bundle(format)]);
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    const report = await app.untilStderr(/^depth = 3$/m);
    expect(report).toMatch(WHOLE);
    expect(report).toMatch(/^product = shop$/m);
    expect(report).not.toMatch(/^gmr: /m);
  });
});
