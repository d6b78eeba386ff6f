import { indexMappings, type Mapping, type Mappings } from './mappings.js';

/** A place in a source, as a map tells it: nothing of it is to be trusted. */
export interface OriginalPlace {
  /** The source as the map names it, its `sourceRoot` before it. */
  readonly source: string;
  /** The source's text, if the map contains it. */
  readonly content?: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Where its mapping starts in the generated line, from 1. */
  readonly generatedColumn: number;
  /** The original name of the generated identifier at `generatedColumn`. */
  readonly name?: string;
}

export interface SourceMap {
  /** From 1, as V8 counts. */
  find(line: number, column: number): OriginalPlace | undefined;
}

/** A part of the map that starts at `line` and `column` of the generated file, from 0. */
interface Section {
  readonly line: number;
  readonly column: number;
  readonly sources: readonly unknown[];
  readonly contents: readonly unknown[];
  readonly names: readonly unknown[];
  readonly root: string;
  readonly mappings: Mappings;
}

const MAX_NAME_CHARACTERS = 256;
const MAX_SOURCE_CHARACTERS = 4096;
/** More than any bundler makes of a program. */
const MAX_SECTIONS = 10_000;
const MAX_LINE = 100_000_000;

/** Parses a source map; undefined if `json` is something else. Reads index maps too, whose sections may not nest (ECMA-426). */
export function parseSourceMap(json: string): SourceMap | undefined {
  const payload = parse(json);
  if (!payload) return undefined;
  const sections = Array.isArray(payload.sections)
    ? payload.sections.slice(0, MAX_SECTIONS).flatMap(readIndexed)
    : [readSection(payload, 0, 0)].filter((section) => section !== undefined);
  if (sections.length === 0) return undefined;
  sections.sort((a, b) => a.line - b.line || a.column - b.column);
  return { find: (line, column) => find(sections, line - 1, column - 1) };
}

function find(sections: readonly Section[], line: number, column: number): OriginalPlace | undefined {
  const section = sections.findLast((at) => at.line < line || (at.line === line && at.column <= column));
  if (!section) return undefined;
  const shift = line === section.line ? section.column : 0;
  const mapping = section.mappings.find(line - section.line, column - shift);
  return mapping && toPlace(section, mapping, shift);
}

function toPlace(section: Section, mapping: Mapping, shift: number): OriginalPlace | undefined {
  const source = section.sources[mapping.source];
  if (typeof source !== 'string' || source === '' || source.length > MAX_SOURCE_CHARACTERS) return undefined;
  if (mapping.line > MAX_LINE) return undefined;
  const content = section.contents[mapping.source];
  const name = mapping.name === undefined ? undefined : section.names[mapping.name];
  return {
    source: /^(?:[\w+.-]+:|\/)/.test(source) ? source : section.root + source,
    line: mapping.line + 1,
    column: mapping.column + 1,
    generatedColumn: mapping.generatedColumn + shift + 1,
    ...(typeof content === 'string' ? { content } : {}),
    ...(typeof name === 'string' && name !== '' && name.length <= MAX_NAME_CHARACTERS ? { name } : {}),
  };
}

function readIndexed(section: unknown): Section[] {
  const offset = isMap(section) ? section.offset : undefined;
  if (!isMap(section) || !isMap(section.map) || !isMap(offset)) return [];
  const { line, column } = offset;
  if (!Number.isSafeInteger(line) || !Number.isSafeInteger(column)) return [];
  const read = readSection(section.map, Number(line), Number(column));
  return read ? [read] : [];
}

function readSection(map: { readonly [key: string]: unknown }, line: number, column: number): Section | undefined {
  if (typeof map.mappings !== 'string' || !Array.isArray(map.sources)) return undefined;
  const root = typeof map.sourceRoot === 'string' ? map.sourceRoot.slice(0, MAX_SOURCE_CHARACTERS) : '';
  return {
    line,
    column,
    sources: map.sources,
    contents: Array.isArray(map.sourcesContent) ? map.sourcesContent : [],
    names: Array.isArray(map.names) ? map.names : [],
    root: root === '' || root.endsWith('/') ? root : `${root}/`,
    mappings: indexMappings(map.mappings),
  };
}

function parse(json: string): { readonly [key: string]: unknown } | undefined {
  try {
    // The guard line that some servers put before JSON.
    const payload: unknown = JSON.parse(json.startsWith(")]}'") ? json.slice(json.indexOf('\n') + 1) : json);
    return isMap(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
