import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.js';
import { VARIABLES } from '../src/settings.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** Names in the docs that are no settings: of the tests, of a file, and of `gmr collect`. */
const OTHERS = /^GMR_(?:E2E|PROOF|TEST)_|^GMR_SPAN$|^GMR_VIEWER_TOKEN$/;

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(root, file), 'utf8');

  it('links to files and headings that are there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to).filter((to) => !/^\w+:/.test(to));
    const broken = links.filter((to) => {
      const [path = '', heading] = to.split('#');
      const target = path === '' ? join(root, file) : join(root, dirname(file), path);
      if (!existsSync(target)) return true;
      return heading !== undefined && !listHeadings(readFileSync(target, 'utf8')).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it('names settings and commands that there are', () => {
    const variables = new Set([...text.matchAll(/\bGMR_[A-Z_]*[A-Z]\b/g)].map(([name]) => name));
    expect([...variables].filter((name) => !VARIABLES.includes(name) && !OTHERS.test(name))).toEqual([]);
    const commands = new Set([...text.matchAll(/`(?:npx guru-meditation|gmr) ([a-z]+)/g)].map(([, name = '']) => name));
    expect([...commands].filter((name) => !Object.keys(COMMANDS).includes(name))).toEqual([]);
  });
});

function listHeadings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
