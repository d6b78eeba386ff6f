import { describe, expect, it } from 'vitest';
import { importsOf, listSources, loadedWith, parseImports, reachedFrom, readSource } from './sources.js';

/** The floors of the house, from the ground up. A room imports those that are listed with it, which stand above it here. */
const ROOMS: { readonly [room: string]: readonly string[] } = {
  files: [],
  report: [],
  shared: ['files', 'report'],
  triggers: ['files', 'shared'],
  procfs: ['files', 'shared'],
  v8: ['files', 'shared', 'procfs'],
  dump: ['files', 'shared', 'procfs'],
  frames: ['files', 'shared', 'v8'],
  redact: ['shared'],
  views: ['shared'],
  sections: ['files', 'shared', 'procfs', 'v8', 'frames'],
  export: ['files', 'shared', 'views'],
  main: ['files', 'shared', 'triggers', 'frames'],
  agent: [
    'files',
    'shared',
    'triggers',
    'procfs',
    'v8',
    'dump',
    'frames',
    'redact',
    'views',
    'sections',
    'export',
    'main',
  ],
  collector: ['files', 'shared', 'views'],
  cli: ['files', 'shared', 'procfs', 'dump', 'redact', 'views', 'sections', 'export', 'collector'],
  entry: ['shared', 'main'],
};
/** Files of src/ itself that the program imports; the others there are shared by all rooms. */
const ENTRIES = ['index.ts', 'register.ts', 'instrumentation.ts'];

describe('imports, of types as well,', () => {
  it('go down, and only to the rooms that are listed', () => {
    const rooms = Object.keys(ROOMS);
    for (const [at, room] of rooms.entries())
      expect(rooms.slice(0, at)).toEqual(expect.arrayContaining([...(ROOMS[room] ?? [])]));
    const wrong = listEdges().filter(([from, to]) => !mayImport(roomOf(from), roomOf(to)));
    expect(wrong.map(showEdge)).toEqual([]);
  });

  it('make no circle between files', () => {
    const edges = new Map(listSources().map((file) => [file, importsOf(file, { types: true })]));
    expect(findCircle(edges)).toBeUndefined();
  });

  it('are found in each of their forms', () => {
    const text = `import { a } from './a.js';\nimport type { B } from './b.js';\nexport type { C } from './c.js';\nexport * from './d.js';
import {\n  type E,\n} from './e.js';\nimport './f.js';\ntype G = import('./g.js').G;\n`;
    expect(parseImports(text).map(({ from }) => from)).toEqual('abcdefg'.split('').map((name) => `./${name}.js`));
    expect(parseImports(text).filter(({ isType }) => isType)).toHaveLength(2);
  });

  it('make a circle if two files import each other', () => {
    const edges = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts']],
      ['c.ts', ['a.ts']],
    ]);
    expect(findCircle(edges)).toBe('a.ts -> b.ts -> c.ts -> a.ts');
    expect(findCircle(new Map([...edges, ['c.ts', []]]))).toBeUndefined();
  });

  it('load no package with the reporting half: the SDK takes longer to load than a report to make', () => {
    const loaded = loadedWith('agent/reporting.ts');
    expect(loaded.length).toBeGreaterThan(100);
    const packages = loaded.flatMap((file) =>
      parseImports(readSource(file))
        .filter(({ from, isType, isLate }) => !isType && !isLate && !/^(?:\.|node:)/.test(from))
        .map(({ from }) => `${file}: ${from}`),
    );
    expect(packages).toEqual([]);
  });

  it('lead from the main thread to no OpenTelemetry package and no renderer', () => {
    const reached = reachedFrom('register.ts');
    for (const file of reached)
      expect(parseImports(readSource(file)).filter(({ from, isType }) => !isType && /^@/.test(from))).toEqual([]);
    expect(reached.filter((file) => /^(agent|sections|export|views|redact|procfs)\//.test(file))).toEqual([]);
  });
});

function mayImport(from: string, to: string): boolean {
  return from === to || (ROOMS[from]?.includes(to) ?? false);
}

function roomOf(file: string): string {
  const [room = '', ...inside] = file.split('/');
  return inside.length > 0 ? room : ENTRIES.includes(file) ? 'entry' : 'shared';
}

function listEdges(): (readonly [string, string])[] {
  return listSources().flatMap((file) =>
    [...new Set(importsOf(file, { types: true }))].map((target) => [file, target] as const),
  );
}

function showEdge([from, to]: readonly [string, string]): string {
  return `${from} -> ${to}`;
}

/** One way on which a file leads back to itself. */
function findCircle(edges: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string | undefined => {
    const at = way.indexOf(file);
    if (at >= 0) return [...way.slice(at), file].join(' -> ');
    if (done.has(file)) return undefined;
    for (const target of edges.get(file) ?? []) {
      const circle = visit(target, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
