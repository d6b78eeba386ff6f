import type { Metadata } from './metadata.js';

/**
 * Objects of a program, and how their Map describes them (V8's src/objects/map.h, js-objects.h): all of it exported. A number
 * that this line does not export is `ABSENT`, and then no object is told.
 */
export interface ObjectLayout {
  /** The first instance type of an object of JavaScript; those above are such objects, too. */
  readonly firstReceiver: number;
  readonly boundFunction: number;
  readonly array: number;
  readonly map: number;
  readonly set: number;
  readonly propertyArray: number;
  readonly doubleArray: number;
  /** The variable of a module that exports it. */
  readonly cell: number;
  /** A global variable. */
  readonly propertyCell: number;
  readonly heapNumber: number;
  readonly oddball: number;
  readonly symbol: number;
  /** Map: the constructor, or the Map that this one was made of; the prototype; and 32 bits. */
  readonly constructorOrBack: number;
  readonly prototype: number;
  readonly bits: number;
  /** Of those bits: its properties are in a dictionary; how many it has itself. */
  readonly dictionaryShift: number;
  readonly countMask: number;
  readonly countShift: number;
  readonly symbolName: number;
  readonly oddballKind: number;
  readonly oddballTrue: number;
  readonly oddballFalse: number;
  readonly number: number;
  /** A function that has never run: where its text is. */
  readonly firstUncompiled: number;
  readonly lastUncompiled: number;
  readonly uncompiledStart: number;
  readonly uncompiledEnd: number;
  readonly uncompiledName: number;
}

const ABSENT = -2;

const UNCOMPILED = [
  'type_UncompiledDataWithPreparseData__UNCOMPILED_DATA_WITH_PREPARSE_DATA_TYPE',
  'type_UncompiledDataWithPreparseDataAndJob__UNCOMPILED_DATA_WITH_PREPARSE_DATA_AND_JOB_TYPE',
  'type_UncompiledDataWithoutPreparseData__UNCOMPILED_DATA_WITHOUT_PREPARSE_DATA_TYPE',
  'type_UncompiledDataWithoutPreparseDataWithJob__UNCOMPILED_DATA_WITHOUT_PREPARSE_DATA_WITH_JOB_TYPE',
];

export function readObjects({ find }: Metadata): ObjectLayout {
  const get = (...names: readonly string[]) => find(...names) ?? ABSENT;
  const uncompiled = UNCOMPILED.map((name) => get(name));
  return {
    firstReceiver: get('FirstJSReceiverType', 'type_JSProxy__JS_PROXY_TYPE'),
    boundFunction: get('type_JSBoundFunction__JS_BOUND_FUNCTION_TYPE'),
    array: get('type_JSArray__JS_ARRAY_TYPE'),
    map: get('type_JSMap__JS_MAP_TYPE'),
    set: get('type_JSSet__JS_SET_TYPE'),
    propertyArray: get('type_PropertyArray__PROPERTY_ARRAY_TYPE'),
    doubleArray: get('type_FixedDoubleArray__FIXED_DOUBLE_ARRAY_TYPE'),
    cell: get('type_Cell__CELL_TYPE'),
    propertyCell: get('type_PropertyCell__PROPERTY_CELL_TYPE'),
    heapNumber: get('type_HeapNumber__HEAP_NUMBER_TYPE'),
    oddball: get('type_Oddball__ODDBALL_TYPE'),
    symbol: get('type_Symbol__SYMBOL_TYPE'),
    constructorOrBack: get(
      'class_Map__constructor_or_back_pointer__Object',
      'class_Map__constructor_or_back_pointer__Tagged_Object_',
    ),
    prototype: get(
      'class_Map__prototype__HeapObject',
      'class_Map__prototype__Tagged_HeapObject_',
      'class_Map__prototype__Tagged_JSPrototype_',
      'class_Map__prototype__Object',
    ),
    bits: get('class_Map__bit_field3__int'),
    dictionaryShift: get('bit_field3_is_dictionary_map_shift'),
    countMask: get('bit_field3_number_of_own_descriptors_mask'),
    countShift: get('bit_field3_number_of_own_descriptors_shift'),
    symbolName: get('class_Symbol__name__Object'),
    oddballKind: get('class_Oddball__kind__int', 'class_Oddball__kind_offset__int'),
    oddballTrue: get('OddballTrue'),
    oddballFalse: get('OddballFalse'),
    number: get('class_HeapNumber__value__double'),
    firstUncompiled: Math.min(...uncompiled),
    lastUncompiled: Math.max(...uncompiled),
    uncompiledStart: get('class_UncompiledData__start_position__int32_t'),
    uncompiledEnd: get('class_UncompiledData__end_position__int32_t'),
    uncompiledName: get('class_UncompiledData__inferred_name__String'),
  };
}
