import { type Call, describeCall } from '../calls.js';
import { describeProperties, findMaker, isArrayLike, isReceiver, readConstructor, readKey } from '../objects.js';
import type { Reading } from '../reading.js';

/** How a census names the objects of a Map. */
export interface MapName {
  readonly name: string;
  /** Where the class is; undefined of V8's and Node's own. */
  readonly place?: Call;
  /** The name if many objects have the shape. */
  readonly shape?: string;
}

const MAX_KEYS = 5;
const KEY = /^[A-Za-z_$][A-Za-z_$]{0,39}\d{0,2}$/;

/** By the class, the keys of an object literal, or the kind of V8's own. */
export function nameMap(reading: Reading, map: number, type: number): MapName {
  if (!isReceiver(reading, type)) return { name: nameKind(reading, type) };
  if (type >= reading.layout.types.firstFunction && type <= reading.layout.types.lastFunction)
    return { name: '(closures)' };
  const maker = readConstructor(reading, map);
  const name = maker?.name || (maker ? '(anonymous class)' : '(no constructor)');
  if (name === 'Object' && findMaker(reading, map) !== 0) return { name, shape: nameShape(reading, map) };
  if (!maker || maker.script === 0) return { name };
  return { name, place: describeCall(reading, maker, -1, 0, 'none') };
}

/** `Object {id, name, …}` if the keys are names. */
function nameShape(reading: Reading, map: number): string {
  const keys: string[] = [];
  for (const { key } of describeProperties(reading, map)) {
    const name = readKey(reading, key);
    if (name === undefined || !KEY.test(name)) return 'Object';
    keys.push(name);
  }
  if (keys.length === 0) return 'Object';
  return `Object {${keys.slice(0, MAX_KEYS).join(', ')}${keys.length > MAX_KEYS ? ', …' : ''}}`;
}

/** Kinds that a program does not see: named by the thing that they are part of. */
function nameKind(reading: Reading, type: number): string {
  const { types, objects } = reading.layout;
  if (type < types.firstNonString) return '(strings)';
  if (type >= types.firstContext && type <= types.lastContext) return '(variables of scopes)';
  if (isArrayLike(reading, type)) return '(elements of arrays, maps and sets)';
  if (type === objects.doubleArray) return '(arrays of numbers)';
  if (type === objects.propertyArray) return '(properties)';
  if (type === objects.heapNumber) return '(numbers)';
  if (type === types.byteArray || type === types.trustedByteArray) return '(bytes)';
  if ([types.bytecodeArray, types.code, types.sharedFunctionInfo, types.scopeInfo, types.script].includes(type))
    return '(code)';
  return "(V8's own)";
}
