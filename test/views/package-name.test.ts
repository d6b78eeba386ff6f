import { expect, it } from 'vitest';
import { renderFrames } from '../../src/collector/viewer/frames.js';
import { packageOf } from '../../src/package-name.js';

it.each([
  ['/srv/app.js', undefined],
  ['/srv/node_modules/router/index.js', 'router'],
  ['/srv/node_modules/a/node_modules/@scope/b/index.js', '@scope/b'],
  ['C:\\srv\\node_modules\\@scope\\b\\index.js', '@scope/b'],
  ['/srv/node_modules/router', 'router'],
  ['/srv/node_modules/a/node_modules_of_mine/b.js', 'a'],
  ['/srv/node_modules/', undefined],
  ['', undefined],
])('%j is of %s', (file, name) => {
  expect(packageOf(file)).toBe(name);
});

it.each(['/', '/node_modules/', '\\', '@/'])(
  'a path of a million %j, which anybody may have sent, is read at once',
  (unit) => {
    const file = unit.repeat(1_000_000 / unit.length);
    // With steps of the order of a square this takes hours.
    expect(renderFrames([{ function: 'f', file, line: 1, origin: 'dependency' }], '/').markup).toContain('1 frame of');
  },
);
