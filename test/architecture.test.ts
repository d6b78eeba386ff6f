import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const text = readFileSync(`${root}docs/architecture.md`, 'utf8');
/** Files of the section that the page adds as an example. */
const EXAMPLES = ['src/sections/disk.ts', 'test/sections/disk.test.ts'];

it('names files that exist', () => {
  const named = [...text.matchAll(/`((?:src|test)\/[\w./-]+\.(?:ts|txt))`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((path) => !EXAMPLES.includes(path) && !existsSync(root + path))).toEqual([]);
});

it('has a row for each room', () => {
  const rooms = readdirSync(`${root}src`, { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? one.name : [],
  );
  const rows = [...text.matchAll(/^\| `src\/(\w+)` \|/gm)].map(([, room = '']) => room);
  expect(rows.sort()).toEqual(rooms.sort());
});
