import { type Heap, isString, readField, toSmi, typeOf } from './heap.js';
import { readString } from './strings.js';

/** JSFunctionOrBoundFunctionOrWrappedFunction::kNameDescriptorIndex: `length` is before it. */
const NAME_INDEX = 1;

/**
 * The name that a function was given when it ran, as a computed key or by `Object.defineProperty`: V8 prefers it to the one
 * in its text (JSFunction::GetDebugName). Undefined if it has none; null if it has one that cannot be read.
 */
export function readNameProperty(heap: Heap, pointer: number): string | null | undefined {
  const fields = heap.layout.properties;
  const { memory } = heap;
  const map = readField(heap, pointer, 0);
  const descriptors = readField(heap, map, fields.descriptors);
  const entry = descriptors - 1 + fields.firstDescriptor + NAME_INDEX * fields.descriptorWords * 8;
  const key = memory.word(entry + fields.key * 8);
  const details = toSmi(memory.word(entry + fields.details * 8));
  if (!isString(heap, typeOf(heap, key)) || readString(heap, key, 8) !== 'name') return undefined;
  // Functions share an accessor until one is given another name.
  if (Number.isNaN(details) || (details & fields.kindMask) !== fields.kindData) return undefined;
  if ((details & fields.locationMask) !== fields.locationField) return null;
  const words = memory.bytes(map - 1, 16);
  const start = words?.[fields.startInWords] ?? 0;
  const index = start + ((details & fields.indexMask) >>> fields.indexShift);
  if (index >= (words?.[fields.sizeInWords] ?? 0)) return null;
  const value = readField(heap, pointer, index * 8);
  return isString(heap, typeOf(heap, value)) ? (readString(heap, value) ?? null) : undefined;
}
