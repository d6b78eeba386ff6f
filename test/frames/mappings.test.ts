import { readFileSync } from 'node:fs';
import { SourceMap as NodeSourceMap, type SourceMapPayload } from 'node:module';
import { describe, expect, test } from 'vitest';
import { indexMappings } from '../../src/frames/mappings.js';
import { parseSourceMap } from '../../src/frames/source-map.js';
import { buildProgram } from './programs.js';

describe('a real map', () => {
  test('is read at every column as Node reads it', () => {
    const file = buildProgram();
    const json = readFileSync(`${file}.map`, 'utf8');
    const node = new NodeSourceMap(JSON.parse(json) as SourceMapPayload);
    const map = parseSourceMap(json);
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -2);
    let compared = 0;
    lines.forEach((line, at) => {
      for (let column = 1; column <= line.length; column += 1) {
        const entry = node.findEntry(at, column - 1) as {
          originalLine?: number;
          originalColumn?: number;
          originalSource?: string;
        };
        const place = map?.find(at + 1, column);
        expect([place?.source, place?.line, place?.column]).toEqual([
          entry.originalSource,
          entry.originalLine === undefined ? undefined : entry.originalLine + 1,
          entry.originalColumn === undefined ? undefined : entry.originalColumn + 1,
        ]);
        compared += 1;
      }
    });
    expect(compared).toBeGreaterThan(200);
  });
});

describe('mappings', () => {
  test('are found over many lines, from wherever one looks', () => {
    // Each line holds a place of the line of the same number, and one two columns on of the column two on.
    const text = Array.from({ length: 5000 }, (_, line) => (line === 0 ? 'AAAA,EAAE' : 'AACF,EAAE')).join(';');
    const mappings = indexMappings(text);
    for (const line of [0, 1, 127, 128, 2500, 4999]) {
      expect(mappings.find(line, 0)).toMatchObject({ generatedColumn: 0, line, column: 0 });
      expect(mappings.find(line, 1)).toMatchObject({ generatedColumn: 0, line, column: 0 });
      expect(mappings.find(line, 70)).toMatchObject({ generatedColumn: 2, line, column: 2 });
    }
    expect(mappings.find(5000, 0)).toBeUndefined();
  });

  test('say nothing of a line, or of a start of a line, that has none', () => {
    const mappings = indexMappings(';;EAAA,EAAE;');
    expect([0, 1, 3, 9].map((line) => mappings.find(line, 5))).toEqual([undefined, undefined, undefined, undefined]);
    expect(mappings.find(2, 1)).toBeUndefined();
    expect(mappings.find(2, 2)).toMatchObject({ line: 0, column: 0 });
  });

  test('say nothing of code that comes from no source', () => {
    const mappings = indexMappings('AAAA,EAAE,E,EAAE');
    expect(mappings.find(0, 3)).toMatchObject({ column: 2 });
    expect(mappings.find(0, 4)).toBeUndefined();
    expect(mappings.find(0, 6)).toMatchObject({ column: 4 });
  });

  test.each([
    '',
    ';',
    ',,,',
    'A',
    '!!!',
    'AAA',
    'g',
    'ggggggggggggggg',
    'AAAAAAAAAA',
    'DDDD',
    '\u{1F600}',
    'AAAA;!AAAA',
  ])('that are not mappings are no reason to stop: %j', (text) => {
    const place = indexMappings(text).find(0, 0);
    expect(place === undefined || (place.line >= 0 && place.column >= 0 && place.source >= 0)).toBe(true);
  });
});

describe('a map', () => {
  const find = (map: object) => parseSourceMap(JSON.stringify(map))?.find(1, 1);
  const simple = { version: 3, sources: ['a.ts'], names: ['n'], mappings: 'AAAAA' };

  test('is read with its root, its contents and its names', () => {
    expect(find({ ...simple, sourceRoot: 'src', sourcesContent: ['text'] })).toEqual({
      source: 'src/a.ts',
      content: 'text',
      line: 1,
      column: 1,
      generatedColumn: 1,
      name: 'n',
    });
    expect(parseSourceMap(`)]}'\n${JSON.stringify(simple)}`)?.find(1, 1)?.source).toBe('a.ts');
  });

  test.each<[string, object]>([
    ['sources of another kind', { ...simple, sources: [7] }],
    ['no such source', { ...simple, sources: [] }],
    ['an empty source', { ...simple, sources: [''] }],
    ['a source of a megabyte', { ...simple, sources: ['a'.repeat(1_000_000)] }],
    [
      'sections that are not objects',
      { version: 3, sections: [1, null, {}, { offset: {}, map: simple }, { offset: { line: 0 } }] },
    ],
    [
      'a section within a section',
      { version: 3, sections: [{ offset: { line: 0, column: 0 }, map: { version: 3, sections: [] } }] },
    ],
    ['a list', []],
  ])('with %s tells nothing', (_, map) => {
    expect(find(map)).toBeUndefined();
  });

  test('leaves out names and contents of another kind', () => {
    expect(find({ ...simple, names: [7], sourcesContent: [null] })).toEqual({
      source: 'a.ts',
      line: 1,
      column: 1,
      generatedColumn: 1,
    });
  });

  test('of sections is used by the section that begins before the place', () => {
    const at = (line: number, column: number, name: string) => ({
      offset: { line, column },
      map: { ...simple, sources: [name] },
    });
    const map = parseSourceMap(
      JSON.stringify({ version: 3, sections: [at(4, 0, 'c.ts'), at(0, 10, 'b.ts'), at(0, 0, 'a.ts')] }),
    );
    expect(
      [map?.find(1, 1), map?.find(1, 10), map?.find(1, 11), map?.find(5, 3)].map((place) => place?.source),
    ).toEqual(['a.ts', 'a.ts', 'b.ts', 'c.ts']);
    expect(map?.find(1, 30)?.generatedColumn).toBe(11);
    expect(map?.find(3, 1)).toBeUndefined();
  });
});
