import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectPackage } from '../../src/sections/package.js';

it('a package.json that is a pipe is not waited for: the next one above counts', () => {
  const project = mkdtempSync(join(tmpdir(), 'package-'));
  const inner = join(project, 'inner');
  mkdirSync(inner);
  writeFileSync(join(project, 'package.json'), '{"name":"outer","version":"2.0.0"}');
  execFileSync('mkfifo', [join(inner, 'package.json')]);
  expect(collectPackage({}, { script: join(inner, 'app.js'), cwd: '/', attributes: {} })).toEqual({
    product: 'outer',
    version: '2.0.0',
  });
  rmSync(project, { recursive: true, force: true });
});

it('a script that is installed is a part of the project that it is installed in', () => {
  const project = mkdtempSync(join(tmpdir(), 'package-'));
  const framework = join(project, 'node_modules', '.pnpm', 'next@1', 'node_modules', 'next');
  const script = join(framework, 'dist', 'server.js');
  mkdirSync(join(framework, 'dist'), { recursive: true });
  writeFileSync(join(framework, 'package.json'), '{"name":"next","version":"16.0.0"}');
  const collect = () => collectPackage({}, { script, cwd: '/', attributes: {} });
  expect(collect()).toEqual({ product: 'next', version: '16.0.0' });
  writeFileSync(join(project, 'package.json'), '{"name":"shop","version":"2.0.0"}');
  expect(collect()).toEqual({ product: 'shop', version: '2.0.0' });
  rmSync(project, { recursive: true, force: true });
});
