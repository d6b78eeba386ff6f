import { findBytecodePosition } from '../bytecode.js';
import { type Call, describeCall } from '../calls.js';
import { createFunctionReader, type SharedFunction } from '../functions.js';
import { typeOfMap } from '../heap.js';
import type { Reading } from '../reading.js';
import type { SuspendedLayout } from './layout.js';
import type { SuspendedFunctions, SuspendedState } from './suspended-functions.js';
import { createWrappers } from './wrappers.js';

const NO_FUNCTION: SharedFunction = {
  pointer: 0,
  name: undefined,
  isClassConstructor: false,
  script: 0,
  start: -1,
  end: -1,
  token: -1,
  bytecode: 0,
  builtin: Number.NaN,
};

/** An `await` at which functions are suspended. */
export interface Place {
  readonly number: number;
  readonly call: Call;
  count: number;
}

export interface Places {
  readonly places: readonly Place[];
  /** An index of `places`; -1 if it has none of them. */
  readonly placeOf: (one: number) => number;
  /** Those whose place could be read in time. */
  readonly named: readonly number[];
}

/** Functions of one text at one `await` are at one place. */
export function findPlaces(
  reading: Reading,
  layout: SuspendedLayout,
  functions: SuspendedFunctions,
  all: readonly number[],
): Places {
  const { code } = reading.layout;
  const wrappers = createWrappers(reading);
  const places = new Map<string, Place>();
  /** By name, too: closures of one text may have names of their own. */
  const byPosition = new Map<string, Place>();
  const byFunction = new Map<SharedFunction, Map<number, Place>>();
  const readCalled = createFunctionReader(reading);
  const describe = (func: SharedFunction | undefined, { map, position }: SuspendedState): Place => {
    const start = code.bytecodeData - 1;
    const offset = func ? findBytecodePosition(reading, reading.encoding, func.bytecode, position - start) : -1;
    const call = describeCall(reading, toldAs(func, map) ?? NO_FUNCTION, offset, 0, 'interpreted');
    // The same bytecode may be there twice.
    const key = `${call.functionName}\n${call.file}:${call.line}:${call.column}`;
    const place = places.get(key) ?? { number: places.size, call, count: 0 };
    places.set(key, place);
    return place;
  };
  /** A generator that is run as an async function is told under the name of that function. */
  const toldAs = (func: SharedFunction | undefined, map: number): SharedFunction | undefined => {
    const isRun = func?.name === '' && typeOfMap(reading, map) === layout.generator;
    return isRun ? wrappers.wrap(func) : func;
  };
  const find = (func: SharedFunction | undefined, state: SuspendedState): Place => {
    const key = `${func?.pointer} ${state.position} ${func?.name}`;
    const place = byPosition.get(key) ?? describe(func, state);
    byPosition.set(key, place);
    return place;
  };
  const findOf = (one: number): Place => {
    const state = functions.stateOf(one);
    const func = readCalled(state.function);
    if (!func) return find(func, state);
    const known = byFunction.get(func) ?? new Map<number, Place>();
    const place = known.get(state.position) ?? find(func, state);
    byFunction.set(func, known.set(state.position, place));
    return place;
  };
  const placed = new Int32Array(functions.count).fill(-1);
  let count = 0;
  for (const one of all) {
    const place = findOf(one);
    // Nothing that is read from here on is right.
    if (reading.memory.isSpent()) break;
    placed[one] = place.number;
    place.count += 1;
    count += 1;
  }
  const sorted = [...places.values()].filter((place) => place.count > 0).sort((one, other) => other.count - one.count);
  const indices = new Map(sorted.map((place, index) => [place.number, index]));
  return { places: sorted, placeOf: (one) => indices.get(placed[one] as number) ?? -1, named: all.slice(0, count) };
}
