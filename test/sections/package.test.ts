import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectPackage } from '../../src/sections/package.js';

it('a package.json that is a pipe holds nobody up: the next one above counts', () => {
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
