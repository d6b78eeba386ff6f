import { type Metadata, UnknownLayout } from './metadata.js';

/** Instance types (V8's src/objects/instance-type.h): the numbers by which a Map says which kind of object it describes. */
export interface TypeLayout {
  /** Offset of the 16 bits in a Map. */
  readonly instanceType: number;
  readonly map: number;
  readonly sharedFunctionInfo: number;
  readonly sharedFunctionInfoWrapper: number;
  readonly functionTemplateInfo: number;
  readonly interpreterData: number;
  readonly script: number;
  readonly scopeInfo: number;
  readonly bytecodeArray: number;
  readonly code: number;
  readonly instructionStream: number;
  readonly byteArray: number;
  readonly trustedByteArray: number;
  readonly fixedArray: number;
  readonly weakArrayList: number;
  readonly weakFixedArray: number;
  readonly firstFunction: number;
  readonly lastFunction: number;
  readonly firstContext: number;
  readonly lastContext: number;
  /** Strings have the numbers below. */
  readonly firstNonString: number;
}

/** No object has it: stands for a type that a line of V8 does not have. */
const ABSENT = -2;
/** Constructors of the typed arrays and other classes of functions: between the first and the last in V8 11 to 14. */
const FUNCTION_TYPES = 16;

export function readTypes({ need, find }: Metadata): TypeLayout {
  // With compressed pointers, or on 32 bits, everything is laid out in another way.
  if (need('TaggedSize') !== 8 || need('SystemPointerSize') !== 8 || need('SmiShiftSize') !== 31) {
    throw new UnknownLayout('its pointers are compressed');
  }
  const firstFunction = find('FirstJSFunctionType') ?? need('type_JSFunction__JS_FUNCTION_TYPE');
  return {
    instanceType: need('class_Map__instance_type__uint16_t'),
    map: need('type_Map__MAP_TYPE'),
    sharedFunctionInfo: need('type_SharedFunctionInfo__SHARED_FUNCTION_INFO_TYPE'),
    // Node 24 on.
    sharedFunctionInfoWrapper: find('type_SharedFunctionInfoWrapper__SHARED_FUNCTION_INFO_WRAPPER_TYPE') ?? ABSENT,
    functionTemplateInfo: find('type_FunctionTemplateInfo__FUNCTION_TEMPLATE_INFO_TYPE') ?? ABSENT,
    interpreterData: find('type_InterpreterData__INTERPRETER_DATA_TYPE') ?? ABSENT,
    script: need('type_Script__SCRIPT_TYPE'),
    scopeInfo: need('type_ScopeInfo__SCOPE_INFO_TYPE'),
    bytecodeArray: need('type_BytecodeArray__BYTECODE_ARRAY_TYPE'),
    code: need('type_Code__CODE_TYPE'),
    instructionStream: need('type_InstructionStream__INSTRUCTION_STREAM_TYPE'),
    byteArray: need('type_ByteArray__BYTE_ARRAY_TYPE'),
    // Node 22 on.
    trustedByteArray: find('type_TrustedByteArray__TRUSTED_BYTE_ARRAY_TYPE') ?? ABSENT,
    fixedArray: need('type_FixedArray__FIXED_ARRAY_TYPE'),
    weakArrayList: need('type_WeakArrayList__WEAK_ARRAY_LIST_TYPE'),
    weakFixedArray: find('type_WeakFixedArray__WEAK_FIXED_ARRAY_TYPE') ?? ABSENT,
    firstFunction,
    lastFunction: find('LastJSFunctionType') ?? firstFunction + FUNCTION_TYPES,
    firstContext: need('FirstContextType'),
    lastContext: need('LastContextType'),
    firstNonString: need('FirstNonstringType'),
  };
}
