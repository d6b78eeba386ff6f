import { type FunctionKind, readKind } from './function-kind.js';
import { type Heap, isString, readElement, readField, readLength, toSmi, typeOf } from './heap.js';
import { readString } from './strings.js';

/** A ScopeInfo (V8's src/objects/scope-info.tq): the compiler's knowledge of a function's scope. */
export interface ScopeFacts {
  /** Undefined if the name is there and cannot be read. */
  readonly name: string | undefined;
  /** V8's name for a function without a name: the variable or property that it is assigned to. */
  readonly inferredName: string;
  /** Where the function is in its script; -1 if that is not known. */
  readonly start: number;
  readonly end: number;
  readonly kind: FunctionKind;
}

const FLAGS_INDEX = 0;
/** scope-info.tq: `ScopeFlags.has_saved_class_variable`. */
const SAVED_CLASS_VARIABLE = 1 << 10;
/** scope-info.h, kScopeInfoMaxInlinedLocalNamesSize: the names of more variables are in a table. */
const MAX_INLINED_LOCALS = 75;
const MAX_LOCALS = 100_000;
/** From V8 13 on `position_info` is in front of the variables; before, behind the names. */
const POSITION_INDEX = 3;
const FIRST_LOCAL_AFTER_POSITION = 5;
const MAX_POSITION = 2 ** 29;
/** Name and its slot, inferred name, start, end. */
const MAX_TRAILING = 5;

const UNKNOWN: ScopeFacts = { name: undefined, inferredName: '', start: -1, end: -1, kind: readKind(0) };

export function readScopeInfo(heap: Heap, pointer: number): ScopeFacts {
  const { localCountIndex, firstLocalIndex } = heap.layout.functions;
  const slot = (index: number) => readField(heap, pointer, 8 + index * 8);
  const locals = toSmi(slot(localCountIndex));
  if (!(locals >= 0 && locals <= MAX_LOCALS)) return UNKNOWN;
  // A Smi up to V8 12; then 32 bits in the lower half of the word.
  const flags = toSmi(slot(FLAGS_INDEX)) || slot(FLAGS_INDEX) % 2 ** 32;
  const table = locals < MAX_INLINED_LOCALS ? 2 * locals : 1 + locals;
  const first = firstLocalIndex + table + (flags & SAVED_CLASS_VARIABLE ? 1 : 0);
  const isInFront = firstLocalIndex === FIRST_LOCAL_AFTER_POSITION;
  const trailing = { ...readTrailing(heap, slot, first, isInFront), kind: readKind(flags) };
  if (!isInFront) return trailing;
  return { ...trailing, ...readPosition(toSmi(slot(POSITION_INDEX)), toSmi(slot(POSITION_INDEX + 1))) };
}

/** Scope and outer scope; then one more if it is a module's, or that of code that may add variables. */
const CONTEXT_SLOTS = 2;

/** The name of the variable in a slot of a context; undefined if it is not known. */
export function readLocalName(heap: Heap, context: number, slot: number): string | undefined {
  const { localCountIndex, firstLocalIndex } = heap.layout.functions;
  const scope = readElement(heap, context, 0);
  if (typeOf(heap, scope) !== heap.layout.types.scopeInfo) return undefined;
  const locals = toSmi(readField(heap, scope, 8 + localCountIndex * 8));
  if (!(locals >= 0 && locals < MAX_INLINED_LOCALS)) return undefined;
  const isExtended =
    readLength(heap, context) > CONTEXT_SLOTS + locals && isInternal(heap, readElement(heap, context, CONTEXT_SLOTS));
  const index = slot - CONTEXT_SLOTS - (isExtended ? 1 : 0);
  if (index < 0 || index >= locals) return undefined;
  // From V8 13 on a module's scope has a number in front of its names.
  const hasNumber = !Number.isNaN(toSmi(readField(heap, scope, 8 + firstLocalIndex * 8)));
  const name = readField(heap, scope, 8 + (firstLocalIndex + (hasNumber ? 1 : 0) + index) * 8);
  return isString(heap, typeOf(heap, name)) ? readString(heap, name, 80) : undefined;
}

/** No value of a program's: the module that a module's context belongs to. */
function isInternal(heap: Heap, word: number): boolean {
  const { objects, types } = heap.layout;
  const type = typeOf(heap, word);
  const isValue =
    isString(heap, type) ||
    type >= objects.firstReceiver ||
    type === objects.oddball ||
    type === objects.heapNumber ||
    type === objects.symbol;
  return type >= types.firstNonString && !isValue;
}

/** The function's name, if it has one, then its inferred name: strings among numbers. */
function readTrailing(
  heap: Heap,
  slot: (index: number) => number,
  first: number,
  isInFront: boolean,
): Omit<ScopeFacts, 'kind'> {
  const names: (string | undefined)[] = [];
  let position = readPosition(Number.NaN, Number.NaN);
  for (let index = 0; index < MAX_TRAILING; index += 1) {
    const word = slot(first + index);
    const number = toSmi(word);
    if (Number.isNaN(number)) {
      if (isString(heap, typeOf(heap, word))) names.push(readString(heap, word));
      else if (index > 2) break;
      continue;
    }
    // 0 in the place of the name: it has none.
    if (index === 0) names.push('');
    const found = readPosition(number, toSmi(slot(first + index + 1)));
    if (isInFront || index < 2 || found.start < 0) continue;
    position = found;
    break;
  }
  return { name: names.length === 0 ? '' : names[0], inferredName: names[1] ?? '', ...position };
}

function readPosition(start: number, end: number): { start: number; end: number } {
  return start >= 0 && end >= start && end < MAX_POSITION ? { start, end } : { start: -1, end: -1 };
}
