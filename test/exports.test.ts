import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { listSources, readSource } from './sources.js';

/** Files whose exports others use: users of the package, and the threads and commands that are started with them. */
const ENTRIES = [
  'index.ts',
  'register.ts',
  'instrumentation.ts',
  'agent/worker.ts',
  'agent/reporting.ts',
  'cli/gmr.ts',
];

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * A value is imported by another file of src; or by a test, and used in its own file. A type is imported, or used in its own
 * file: it belongs to a function that is exported.
 */
it('no export of src is dead', () => {
  const inSrc = listImported(listSources().map((file) => join('src', file)));
  const inTests = listImported([...listFiles('test'), ...listFiles('bench')]);
  const dead = listSources()
    .filter((file) => !ENTRIES.includes(file))
    .flatMap((file) => findDead(file, readSource(file), inSrc, inTests));
  expect(dead).toEqual([]);
});

it('an export that is dead is found', () => {
  const text = `export function used() {}
export const own = used();
export type Idle = string;
export interface Options {}
export function take(options: Options) {}
`;
  const inSrc = new Set(['src/a.ts own', 'src/a.ts take']);
  expect(findDead('a.ts', text, inSrc, new Set(['src/a.ts used']))).toEqual(['a.ts Idle']);
  expect(findDead('a.ts', text, inSrc, new Set())).toEqual(['a.ts used', 'a.ts Idle']);
  expect(findDead('a.ts', text, new Set(), new Set(['src/a.ts own']))).toEqual(
    ['used', 'own', 'Idle', 'take'].map((name) => `a.ts ${name}`),
  );
});

it('imports are read in each of their forms', () => {
  const text = `import { a, type B as b } from './x.js';\nimport type {\n  C,\n} from './x.js';\nexport { d } from './x.js';
const { e } = await import('./x.js');\n(await import('./x.js')).f();\nlet g: import('./x.js').G;\nimport * as all from './y.js';\n`;
  expect([...readImports('src/z.ts', text)]).toEqual(
    [...'aBCdefG'].map((name) => `src/x.ts ${name}`).concat('src/y.ts *'),
  );
});

function findDead(file: string, text: string, inSrc: ReadonlySet<string>, inTests: ReadonlySet<string>): string[] {
  const path = join('src', file);
  const declared = /^export (?:async )?(?:abstract )?(function\*?|const|let|class|interface|type) (\w+)/gm;
  return [...text.matchAll(declared)].flatMap(([, kind = '', name = '']) => {
    const isIn = (imported: ReadonlySet<string>) => imported.has(`${path} ${name}`) || imported.has(`${path} *`);
    const isUsedHere = (text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0) > 1;
    const isType = kind === 'interface' || kind === 'type';
    return isIn(inSrc) || (isUsedHere && (isType || isIn(inTests))) ? [] : [`${file} ${name}`];
  });
}

function listImported(files: readonly string[]): ReadonlySet<string> {
  return new Set(files.flatMap((file) => [...readImports(file, readFileSync(join(root, file), 'utf8'))]));
}

/** The names that a file imports, as `src/file.ts name`; `*` for all. */
function readImports(file: string, text: string): ReadonlySet<string> {
  const found: (readonly [from: string, names: string])[] = [
    ...all(text, /^(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+['"]([^'"]+)['"]/gm, 2, 1),
    ...all(text, /\{([^{}]*)\}\s*=\s*await import\(\s*['"]([^'"]+)['"]\)/g, 2, 1),
    ...all(text, /\bimport\(\s*['"]([^'"]+)['"]\s*\)\)?\.(?!then)(\w+)/g, 1, 2),
    ...all(text, /^(?:import|export)\s+(?:type\s+)?\*(?:\s+as\s+\w+)?\s+from\s+['"]([^'"]+)['"]/gm, 1),
    // A module as a whole, to be handed on.
    ...all(text, /(?<!await )\bimport\(\s*['"]([^'"]+)['"]\s*\)(?!\)?\.\w)/g, 1),
  ];
  const names = found.flatMap(([from, list]) => {
    const target = normalize(join(dirname(file), from)).replace(/\.js$/, '.ts');
    return list.split(',').map(
      (one) =>
        `${target} ${one
          .trim()
          .replace(/^type /, '')
          .replace(/(?: as |:).*$/s, '')}`,
    );
  });
  return new Set(names.filter((one) => !one.endsWith(' ')));
}

function all(text: string, pattern: RegExp, from: number, names?: number): (readonly [string, string])[] {
  return [...text.matchAll(pattern)].map((found) => [found[from] ?? '', names ? (found[names] ?? '') : '*'] as const);
}

function listFiles(directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name) && !entry.parentPath.includes('/dist'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
