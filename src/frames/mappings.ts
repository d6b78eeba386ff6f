/** Where one place of a generated file comes from; all from 0. */
export interface Mapping {
  readonly generatedColumn: number;
  readonly source: number;
  readonly line: number;
  readonly column: number;
  readonly name?: number;
}

export interface Mappings {
  /** The last mapping at or before a place of its generated line, both from 0; nothing where that one has no source. */
  find(line: number, column: number): Mapping | undefined;
}

interface Decoder {
  offset: number;
  line: number;
  column: number;
  source: number;
  originalLine: number;
  originalColumn: number;
  name: number;
}

/** A decoder before a segment, and the generated place of that segment. */
interface Checkpoint {
  readonly line: number;
  readonly column: number;
  readonly decoder: Readonly<Decoder>;
}

/** Characters between checkpoints: a look-up decodes about as many. */
const STRIDE = 1024;
const COMMA = 44;
const SEMICOLON = 59;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT = new Int8Array(128).fill(-1);
for (let index = 0; index < DIGITS.length; index += 1) DIGIT[DIGITS.charCodeAt(index)] = index;

/**
 * A source map's `mappings`, left as the text they are, with a checkpoint every kilobyte.
 *
 * `SourceMap` of `node:module` makes an array of each segment: half a second to a second, and 180 MB, for 5 MB of
 * mappings. That is too much inside a process in trouble, and too much for a file from an unknown source. It
 * also answers with the line before where a line has no mapping of its own.
 *
 * @see https://tc39.es/ecma426/
 */
export function indexMappings(text: string): Mappings {
  const checkpoints: Checkpoint[] = [];
  const decoder = { offset: 0, line: 0, column: 0, source: 0, originalLine: 0, originalColumn: 0, name: 0 };
  for (let due = 0; ; ) {
    const before = decoder.offset >= due ? { ...decoder } : undefined;
    if (decodeSegment(text, decoder) === 0) break;
    if (!before) continue;
    checkpoints.push({ line: decoder.line, column: decoder.column, decoder: before });
    due = before.offset + STRIDE;
  }
  return { find: (line, column) => find(text, checkpoints, line, column) };
}

function find(text: string, checkpoints: readonly Checkpoint[], line: number, column: number): Mapping | undefined {
  let low = 0;
  for (let high = checkpoints.length; low < high; ) {
    const middle = (low + high) >> 1;
    const at = checkpoints[middle];
    if (at && (at.line < line || (at.line === line && at.column <= column))) low = middle + 1;
    else high = middle;
  }
  const checkpoint = checkpoints[low - 1];
  if (!checkpoint) return undefined;
  const decoder = { ...checkpoint.decoder };
  let best: Mapping | undefined;
  for (;;) {
    const fields = decodeSegment(text, decoder);
    if (fields === 0 || decoder.line > line || (decoder.line === line && decoder.column > column)) return best;
    if (decoder.line === line) best = fields < 4 ? undefined : toMapping(decoder, fields);
  }
}

function toMapping(decoder: Readonly<Decoder>, fields: number): Mapping | undefined {
  const { column, source, originalLine, originalColumn, name } = decoder;
  if (source < 0 || originalLine < 0 || originalColumn < 0) return undefined;
  const mapping = { generatedColumn: column, source, line: originalLine, column: originalColumn };
  return fields >= 5 ? { ...mapping, name } : mapping;
}

/** Moves past one segment and says how many fields it had; 0 at the end, or if the text is not mappings. */
function decodeSegment(text: string, decoder: Decoder): number {
  for (let fields = 0; ; ) {
    const code = text.charCodeAt(decoder.offset);
    if (code === COMMA || code === SEMICOLON) {
      if (fields > 0) return fields;
      decoder.offset += 1;
      if (code === COMMA) continue;
      decoder.line += 1;
      decoder.column = 0;
      continue;
    }
    if (Number.isNaN(code)) return fields;
    let value = 0;
    for (let shift = 0, more = true; more; shift += 5) {
      const digit = DIGIT[text.charCodeAt(decoder.offset)] ?? -1;
      // Seven digits hold 32 bits; a longer number, or another character, ends it.
      if (digit < 0 || shift > 30) return 0;
      decoder.offset += 1;
      value |= (digit & 31) << shift;
      more = digit >= 32;
    }
    addField(decoder, fields, value & 1 ? -(value >>> 1) : value >>> 1);
    fields += 1;
  }
}

/** Fields count from the one of the segment before; the generated column from the start of its line. */
function addField(decoder: Decoder, field: number, delta: number): void {
  if (field === 0) decoder.column += delta;
  else if (field === 1) decoder.source += delta;
  else if (field === 2) decoder.originalLine += delta;
  else if (field === 3) decoder.originalColumn += delta;
  else if (field === 4) decoder.name += delta;
}
