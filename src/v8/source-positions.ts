/**
 * V8's source position tables (src/codegen/source-position-table.cc): for each place in code the place in its script, as
 * differences from entry to entry, in groups of 7 bits, the lowest first.
 */

/** How the difference between two places in code is written. */
export type PositionEncoding =
  /** V8 11 to 13: with a sign, which tells an expression from a statement. */
  | 'signed'
  /** V8 14: two flags below it. */
  | 'flagged';

export const POSITION_ENCODINGS: readonly PositionEncoding[] = ['signed', 'flagged'];

/** A SourcePosition (src/codegen/source-position.h). */
export interface SourcePosition {
  /** In the script, from 0. */
  readonly offset: number;
  /** 0 if it is in the function itself; else 1 more than its index in the table of inlined functions. */
  readonly inlining: number;
}

const TWO_30 = 2 ** 30;
const TWO_31 = 2 ** 31;
const TWO_16 = 2 ** 16;

/** The last entry that is not behind `codeOffset`. */
export function findPosition(
  table: Buffer,
  encoding: PositionEncoding,
  codeOffset: number,
): SourcePosition | undefined {
  const read = readVariable(table);
  let code = -1;
  let position = 0;
  let found: number | undefined;
  while (!read.ended()) {
    const difference = read.next();
    code += encoding === 'flagged' ? Math.floor(difference / 4) : expressionOrStatement(signed(difference));
    if (read.ended()) break;
    position += signed(read.next());
    if (code > codeOffset) break;
    found = position;
  }
  return found === undefined ? undefined : toPosition(found);
}

/** Undefined for a position that is not in a script. */
export function toPosition(value: number): SourcePosition | undefined {
  if (!(value >= 0) || value % 2 === 1) return undefined;
  const offset = (Math.floor(value / 2) % TWO_30) - 1;
  return offset < 0 ? undefined : { offset, inlining: Math.floor(value / TWO_31) % TWO_16 };
}

export interface VariableReader {
  ended(): boolean;
  next(): number;
}

/** Numbers in groups of 7 bits; a number that does not end is 0, and ends the table. */
export function readVariable(table: Buffer): VariableReader {
  let at = 0;
  return {
    ended: () => at >= table.length,
    next() {
      let value = 0;
      for (let scale = 1; scale < 2 ** 53; scale *= 128) {
        const group = table[at++];
        if (group === undefined) return 0;
        value += (group & 127) * scale;
        if (group < 128) return value;
      }
      at = table.length;
      return 0;
    },
  };
}

/** The lowest bit is the sign, which takes one more than the value. */
function signed(value: number): number {
  const half = Math.floor(value / 2);
  return value % 2 === 1 ? -half - 1 : half;
}

function expressionOrStatement(difference: number): number {
  return difference >= 0 ? difference : -difference - 1;
}
