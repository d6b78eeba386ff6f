import { readKind } from './function-kind.js';
import { readNameProperty } from './function-name.js';
import { type Heap, isString, readField, toSmi, typeOf } from './heap.js';
import { readScopeInfo, type ScopeFacts } from './scope-info.js';
import { readString } from './strings.js';

/** A SharedFunctionInfo (V8's src/objects/shared-function-info.h): a function, without the variables that it closes over. */
export interface SharedFunction {
  readonly pointer: number;
  /** Its name, or the inferred one; undefined if it has one that cannot be read. */
  readonly name: string | undefined;
  /** It can be called by `new` and `super` alone. */
  readonly isClassConstructor: boolean;
  /** The Script that it is in; 0 for a builtin or a function of C++. */
  readonly script: number;
  /** Its text in the script; -1 if that is not known. */
  readonly start: number;
  readonly end: number;
  /** Where its `function` stands, or its start. */
  readonly token: number;
  /** Its BytecodeArray; 0 if it has none. */
  readonly bytecode: number;
  /** V8's number of a builtin; NaN for another function. */
  readonly builtin: number;
}

/** shared-function-info.h: kFunctionTokenOutOfRange. */
const NO_TOKEN = 0xffff;
/** V8's longest text. */
const MAX_TEXT = 2 ** 29;
const NO_SCOPE: ScopeFacts = { name: '', inferredName: '', start: -1, end: -1, kind: readKind(0) };

export function readSharedFunction(heap: Heap, pointer: number): SharedFunction | undefined {
  const { types, functions } = heap.layout;
  if (typeOf(heap, pointer) !== types.sharedFunctionInfo) return undefined;
  const scope = readScope(heap, readField(heap, pointer, functions.nameOrScopeInfo));
  const script = readField(heap, pointer, functions.script);
  const data = readField(heap, pointer, functions.data);
  const text = scope.start < 0 ? readUncompiled(heap, data) : undefined;
  if (text)
    return {
      ...text,
      pointer,
      name: nameOf(scope) || text.name,
      script: typeOf(heap, script) === types.script ? script : 0,
    };
  const offset = heap.memory.uint16(pointer - 1 + functions.tokenOffset);
  const hasToken = scope.start >= 0 && offset !== NO_TOKEN && offset <= scope.start;
  return {
    pointer,
    name: nameOf(scope),
    isClassConstructor: scope.kind.isClassConstructor,
    script: typeOf(heap, script) === types.script ? script : 0,
    start: scope.start,
    end: scope.end,
    token: hasToken ? scope.start - offset : scope.start,
    bytecode: findBytecode(heap, data),
    builtin: toSmi(data),
  };
}

/** The SharedFunctionInfo of a JSFunction. */
export function readFunction(heap: Heap, pointer: number): SharedFunction | undefined {
  const shared = readSharedFunction(heap, readField(heap, pointer, heap.layout.functions.shared));
  const given = shared && readNameProperty(heap, pointer);
  // A name that is not known is left out, rather than another one told.
  return given === undefined || !shared ? shared : { ...shared, name: given ?? '' };
}

/** Reads functions one after the other, and a text that they share once. */
export function createFunctionReader(heap: Heap): (pointer: number) => SharedFunction | undefined {
  const known = new Map<number, SharedFunction | undefined>();
  /** Maps of functions without a name of their own. */
  const plain = new Set<number>();
  return (pointer) => {
    const map = readField(heap, pointer, 0);
    if (!plain.has(map)) {
      if (readNameProperty(heap, pointer) !== undefined) return readFunction(heap, pointer);
      plain.add(map);
    }
    const shared = readField(heap, pointer, heap.layout.functions.shared);
    if (!known.has(shared)) known.set(shared, readSharedFunction(heap, shared));
    return known.get(shared);
  };
}

/** A method without a name has one that was computed when it ran: V8 would not tell the inferred one. */
function nameOf({ name, inferredName, kind }: ScopeFacts): string | undefined {
  if (kind.words !== undefined) return kind.words;
  return name === '' && !kind.isMethod ? inferredName : name;
}

/** A function that was never compiled has its name alone. */
function readScope(heap: Heap, nameOrScope: number): ScopeFacts {
  const type = typeOf(heap, nameOrScope);
  if (isString(heap, type)) return { ...NO_SCOPE, name: readString(heap, nameOrScope) };
  return type === heap.layout.types.scopeInfo ? readScopeInfo(heap, nameOrScope) : NO_SCOPE;
}

/** A function that has never run: where its text is, which has no `function` before its start. */
function readUncompiled(heap: Heap, data: number): Omit<SharedFunction, 'pointer' | 'script'> | undefined {
  const { firstUncompiled, lastUncompiled, uncompiledStart, uncompiledEnd, uncompiledName } = heap.layout.objects;
  const type = typeOf(heap, data);
  if (firstUncompiled < 0 || type < firstUncompiled || type > lastUncompiled) return undefined;
  const [start, end] = [uncompiledStart, uncompiledEnd].map((offset) => heap.memory.uint32(data - 1 + offset)) as [
    number,
    number,
  ];
  if (!(start <= end && end < MAX_TEXT)) return undefined;
  const name = readString(heap, readField(heap, data, uncompiledName));
  return { name, isClassConstructor: false, start, end, token: start, bytecode: 0, builtin: Number.NaN };
}

/** Behind baseline code (its deoptimization field), and behind InterpreterData. */
function findBytecode(heap: Heap, data: number): number {
  const { types, code } = heap.layout;
  let found = data;
  if (typeOf(heap, found) === types.code) found = readField(heap, found, code.deoptimization);
  if (typeOf(heap, found) === types.interpreterData) {
    // Bytecode and trampoline, in an order that has changed.
    found = [8, 16].map((offset) => readField(heap, found, offset)).find((one) => isBytecode(heap, one)) ?? 0;
  }
  return isBytecode(heap, found) ? found : 0;
}

function isBytecode(heap: Heap, pointer: number): boolean {
  return typeOf(heap, pointer) === heap.layout.types.bytecodeArray;
}
