import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProject, isReadableSource } from '../../src/frames/project.js';
import { resolveSource } from '../../src/frames/source-path.js';
import { makeDirectory, writeFiles } from './programs.js';

const root = makeDirectory();
writeFiles(root, {
  'shop/package.json': '{"name":"shop"}',
  'shop/dist/package.json': '{"type":"commonjs"}',
  'shop/dist/app.js': '',
  'shop/src/a.ts': '',
  'shop/src/my file.ts': '',
  'shop/src/why?.ts': '',
  'shop/src/key.pem': '',
  'outside/secret.ts': '',
  'mono/package.json': '{"name":"mono","workspaces":["packages/*"]}',
  'mono/packages/web/package.json': '{"name":"web"}',
  'mono/packages/web/dist/app.js': '',
  'mono/packages/ui/src/b.ts': '',
  'mono/node_modules/lib/package.json': '{"name":"lib"}',
  'mono/node_modules/lib/dist/index.js': '',
  'bare/dist/app.js': '',
  'bare/src/c.ts': '',
});
symlinkSync(join(root, 'outside/secret.ts'), join(root, 'shop/src/link.ts'));
symlinkSync(join(root, 'shop/src/key.pem'), join(root, 'shop/src/key.ts'));
const at = (path: string): string => join(root, path);

describe('the project of a generated file', () => {
  test.each([
    ['shop/dist/app.js', 'shop'],
    ['mono/packages/web/dist/app.js', 'mono'],
    ['mono/node_modules/lib/dist/index.js', 'mono/node_modules/lib'],
    ['bare/dist/app.js', 'bare'],
  ])('%s: %s', (file, project) => {
    expect(findProject(at(file))).toBe(at(project));
  });
});

describe('a source that a map names', () => {
  const resolve = (source: string, map = 'shop/dist/app.js.map', project = 'shop') =>
    resolveSource(source, at(map), at(project));

  test.each([
    ['../src/a.ts', 'shop/src/a.ts'],
    ['../src/my%20file.ts', 'shop/src/my file.ts'],
    ['../src/my file.ts', 'shop/src/my file.ts'],
    ['webpack://shop/./src/a.ts', 'shop/src/a.ts'],
    ['webpack:///src/a.ts?7c4e', 'shop/src/a.ts'],
    ['turbopack:///[project]/src/a.ts', 'shop/src/a.ts'],
    ['webpack-internal:///(rsc)/./src/a.ts', 'shop/src/a.ts'],
    [`webpack:///${at('shop/src/a.ts')}`, 'shop/src/a.ts'],
    ['../src/a.ts?vue&type=script&setup=true', 'shop/src/a.ts'],
    ['../src/my%20file.ts?vue', 'shop/src/my file.ts'],
    ['../src/why?.ts', 'shop/src/why?.ts'],
  ])('%s is found', (source, path) => {
    expect(resolve(source)).toEqual({ shown: at(path), readable: at(path) });
  });

  test('is found by a URL, and by a path of its own', () => {
    expect(resolve(`file://${at('shop/src/a.ts')}`).readable).toBe(at('shop/src/a.ts'));
    expect(resolve(at('shop/src/a.ts')).readable).toBe(at('shop/src/a.ts'));
  });

  test('is found in another package of the workspace', () => {
    expect(resolve('../../ui/src/b.ts', 'mono/packages/web/dist/app.js.map', 'mono').readable).toBe(
      at('mono/packages/ui/src/b.ts'),
    );
  });

  test.each([
    'https://cdn.example/a.ts',
    'webpack://shop/external node-commonjs "fs"',
    'webpack://shop/../../outside/secret.ts',
    `webpack:///${at('outside/secret.ts')}`,
    '../../outside/secret.ts?vue',
    '../src/a.ts\0',
    'file:///%00',
    'C:\\src\\a.ts',
    '<stdin>',
    '',
  ])('%j is not read', (source) => {
    expect(resolve(source).readable).toBeUndefined();
    expect(() => resolve(source)).not.toThrow();
  });

  test.each(['../../outside/secret.ts', '../src/link.ts', '../src/key.ts', '../src/key.pem', '../src', '/etc/passwd'])(
    '%s is not read: not a source, or not of the project, wherever links lead',
    (source) => {
      expect(resolve(source).readable).toBeUndefined();
      expect(isReadableSource(join(at('shop/dist'), source), at('shop'))).toBe(false);
    },
  );
});
