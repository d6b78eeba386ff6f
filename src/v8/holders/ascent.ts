import { readFunction } from '../functions.js';
import { isContext, isFunction, readElement, readField, readSmi, toSmi, typeOf } from '../heap.js';
import { findMaker, isArrayLike, isDictionary, isReceiver, readConstructor, readKey } from '../objects.js';
import type { Reading } from '../reading.js';
import { readLocalName, readScopeInfo } from '../scope-info.js';
import { type Cursor, type Found, RANK } from './cursor.js';
import { beyond, callbackOf, describeEnd, sizeOfCursor } from './ends.js';
import { dot, joinPath, KEY, labelProperty } from './labels.js';
import { type MadeRequests, seekRequest } from './made-requests.js';
import { followPromise } from './promises.js';
import type { Referrer } from './references.js';
import type { Settler } from './settler.js';

/** Classes whose names do not tell their use. */
const PLAIN = new Set(['Object', 'Array', 'Map', 'Set', 'Function', '']);
const MAX_BLOCKS = 5;

/** One step upwards: to where the referrer leads, or to an end; undefined if it leads nowhere. */
export function followReferrer(
  reading: Reading,
  cursor: Cursor,
  referrer: Referrer,
  made: MadeRequests,
): Cursor | Found | undefined {
  if (cursor.way === 'request') return seekRequest(reading, referrer, made);
  if (cursor.way) return followPromise(reading, cursor, referrer);
  const { promises, objects, arrays } = reading.layout;
  const { pointer, type, offset } = referrer;
  const up = (changed: Partial<Cursor>): Cursor => {
    const { index: _, ...kept } = cursor;
    return { ...kept, ...changed, at: pointer };
  };
  const end = (settler: Settler, rank: number): Found => ({ settler, rank });
  if (isContext(reading, pointer)) return followContext(reading, cursor, referrer, up, made);
  if (isFunction(reading, pointer)) {
    const isOwn = offset === promises.functionContext;
    const isUser = isOwn && readFunction(reading, pointer)?.script !== 0;
    return up({ path: '', ...(isUser && cursor.callback === undefined ? { callback: pointer } : {}) });
  }
  switch (type) {
    case objects.boundFunction:
      return up({ path: '' });
    case promises.capability:
      return up({});
    case promises.reaction:
      return { ...endAtPromise(reading, cursor), beyond: up({ path: '', way: 'reaction' }) };
    case promises.promise:
      return endAtPromise(reading, cursor);
    case promises.asyncFunction:
    case promises.asyncGenerator: {
      const name = readFunction(reading, readField(reading, pointer, promises.function))?.name ?? '';
      return end({ kind: 'suspended', label: name }, RANK.suspended);
    }
    case objects.cell:
      return end(
        { kind: 'variable', label: joinPath("a module's variable", cursor.path), ...sizeOfCursor(cursor) },
        RANK.variable,
      );
    case objects.propertyCell: {
      const name = readKey(reading, readField(reading, pointer, 8));
      // A collection moves it: it tells nothing.
      if (name === undefined) return undefined;
      const label = joinPath(`globalThis${dot(name)}`, cursor.path);
      return end({ kind: 'variable', label, ...sizeOfCursor(cursor) }, RANK.variable);
    }
    default:
      break;
  }
  if (isArrayLike(reading, type) || type === objects.propertyArray)
    return up({ index: (offset - arrays.elements) / 8 });
  return isReceiver(reading, type) ? followObject(reading, cursor, referrer, made) : undefined;
}

function endAtPromise(reading: Reading, cursor: Cursor): Found {
  const settler: Settler = { kind: 'promise', label: 'a callback of another promise', ...callbackOf(reading, cursor) };
  return { settler, rank: RANK.promise };
}

/** A variable; those that close over it may use it. A structure in a variable is named by it. */
function followContext(
  reading: Reading,
  cursor: Cursor,
  { pointer, offset }: Referrer,
  up: (changed: Partial<Cursor>) => Cursor,
  made: MadeRequests,
): Cursor | Found | undefined {
  const slot = (offset - reading.layout.arrays.elements) / 8;
  if (slot < 1) return undefined;
  // The context of a scope within this one.
  if (slot === 1) return up({ path: '' });
  const isFunctionItself = isFunction(reading, cursor.at) && cursor.path === '';
  if (isFunctionItself) return up({ path: '' });
  const name = readLocalName(reading, pointer, slot) ?? 'a variable';
  const scope = nameScope(reading, pointer);
  const label = `${joinPath(name, cursor.path)}${scope ? ` of ${scope}` : ''}`;
  return {
    settler: { kind: 'variable', label, ...sizeOfCursor(cursor), ...callbackOf(reading, cursor) },
    rank: RANK.variable,
    ...beyond(pointer, made),
  };
}

/** The function that a scope is in; empty in a module. A block within it has no name. */
function nameScope(reading: Reading, context: number): string {
  let at = context;
  for (let depth = 0; depth < MAX_BLOCKS && isContext(reading, at); depth += 1) {
    const { name } = readScopeInfo(reading, readElement(reading, at, 0));
    if (name) return name;
    at = readElement(reading, at, 1);
  }
  return '';
}

function followObject(
  reading: Reading,
  cursor: Cursor,
  { pointer, type, offset }: Referrer,
  made: MadeRequests,
): Cursor | Found | undefined {
  const { objects, promises } = reading.layout;
  const map = readField(reading, pointer, 0);
  // A class that a collection moves would be taken for a plain object.
  if (typeOf(reading, readField(reading, map, objects.prototype)) < 0) return undefined;
  const kept = { at: pointer, ...(cursor.callback === undefined ? {} : { callback: cursor.callback }) };
  if (type === objects.array && offset === promises.elements) {
    const of = readSmi(reading, pointer, promises.elements + 8);
    return { ...kept, path: '', ...(of >= 0 ? { of } : {}) };
  }
  if ((type === objects.map || type === objects.set) && offset === promises.elements + 8) {
    const of = toSmi(readElement(reading, readField(reading, pointer, offset), 0));
    return { ...kept, path: '', ...(of >= 0 ? { of } : {}) };
  }
  const own = labelProperty(reading, cursor, pointer, offset, isDictionary(reading, map));
  const maker = readConstructor(reading, map);
  const name = maker?.name ?? '';
  const step = PLAIN.has(name) && own.startsWith('.') ? `${KEY}${own.slice(1)}${KEY}` : own;
  const path = joinPath(step, cursor.path);
  const template = findTemplate(reading, map);
  if (template !== 0) {
    const label = name || nameTemplate(reading, template) || 'native code';
    return { settler: { kind: 'native', label, ...callbackOf(reading, cursor) }, rank: RANK.native };
  }
  if (PLAIN.has(name)) return { ...kept, path, ...sizeOfCursor(cursor) };
  return describeEnd(reading, pointer, { name, path, maker }, cursor, made);
}

/** The FunctionTemplateInfo of a class that C++ has made; 0 for any other class. */
function findTemplate(reading: Reading, map: number): number {
  const { functions, types } = reading.layout;
  const shared = readField(reading, findMaker(reading, map), functions.shared);
  const words = [8, 16, 24].map((offset) => readField(reading, shared, offset));
  return words.find((word) => typeOf(reading, word) === types.functionTemplateInfo) ?? 0;
}

/** The first of its strings. */
function nameTemplate(reading: Reading, template: number): string | undefined {
  const words = Array.from({ length: 11 }, (_, index) => readField(reading, template, 8 + index * 8));
  return words.map((word) => readKey(reading, word)).find((key) => key);
}
