import type { Metadata } from './metadata.js';

/** Strings and arrays (V8's src/objects/string.h and fixed-array.h): bits of the instance type, and offsets of fields. */
export interface StringLayout {
  readonly representationMask: number;
  readonly sequential: number;
  readonly cons: number;
  readonly external: number;
  readonly sliced: number;
  readonly thin: number;
  readonly encodingMask: number;
  readonly oneByte: number;
  readonly length: number;
  readonly oneByteCharacters: number;
  readonly twoByteCharacters: number;
  readonly consFirst: number;
  readonly consSecond: number;
  readonly slicedParent: number;
  readonly slicedOffset: number;
  readonly thinActual: number;
  /** Where an external string keeps the address of its characters. */
  readonly externalData: number;
}

export interface ArrayLayout {
  /** A FixedArray's, and a ByteArray's. */
  readonly length: number;
  readonly elements: number;
  /** A WeakArrayList's: how many of its elements are in use, and the first of them. */
  readonly weakLength: number;
  readonly weakElements: number;
}

export function readStrings({ need }: Metadata): StringLayout {
  return {
    representationMask: need('StringRepresentationMask'),
    sequential: need('SeqStringTag'),
    cons: need('ConsStringTag'),
    external: need('ExternalStringTag'),
    sliced: need('SlicedStringTag'),
    thin: need('ThinStringTag'),
    encodingMask: need('StringEncodingMask'),
    oneByte: need('OneByteStringTag'),
    length: need('class_String__length__int32_t'),
    oneByteCharacters: need('class_SeqOneByteString__chars__char'),
    twoByteCharacters: need('class_SeqTwoByteString__chars__char'),
    consFirst: need('class_ConsString__first__String'),
    consSecond: need('class_ConsString__second__String'),
    slicedParent: need('class_SlicedString__parent__String'),
    slicedOffset: need('class_SlicedString__offset__SMI'),
    thinActual: need('class_ThinString__actual__String'),
    // Not exported on any line: `resource_data` follows `resource`. The self-test reads one of Node's own sources through it.
    externalData: need('class_ExternalString__resource__Object') + 8,
  };
}

export function readArrays({ need }: Metadata): ArrayLayout {
  const length = need('class_FixedArrayBase__length__SMI');
  return {
    length,
    elements: need('class_FixedArray__data__uintptr_t'),
    // Not exported: fixed-array.tq has `capacity`, `length` and the elements after the Map. Proved by the ids in the list.
    weakLength: length + 8,
    weakElements: length + 16,
  };
}
