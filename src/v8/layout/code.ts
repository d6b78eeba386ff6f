import { type Metadata, UnknownLayout } from './metadata.js';

/** Bytecode and machine code (V8's src/objects/bytecode-array.tq, code.h, instruction-stream.h, deoptimization-data.h). */
export interface CodeLayout {
  readonly bytecodeLength: number;
  readonly bytecodePositions: number;
  readonly bytecodeData: number;
  /** InstructionStream: the object in front of generated code. */
  readonly streamCode: number;
  readonly streamStart: number;
  /** Code: the object that describes it. For baseline code `deoptimization` is the bytecode. */
  readonly deoptimization: number;
  readonly positions: number;
  readonly stream: number;
  readonly start: number;
  readonly flags: number;
  readonly size: number;
  readonly kindMask: number;
  readonly kindShift: number;
  /** Baseline; then come Maglev and Turbofan (code-kind.h). */
  readonly kindBaseline: number;
  /** DeoptimizationData: indices of the inlined functions. */
  readonly inlinedCount: number;
  readonly literals: number;
  readonly inliningPositions: number;
  /** Of the function itself; behind a SharedFunctionInfoWrapper where `isWrapped` is 1. */
  readonly optimizedFunction: number;
  readonly isWrapped: number;
  /** SharedFunctionInfoWrapper: its only field. */
  readonly wrapped: number;
}

export function readCode(metadata: Metadata): CodeLayout {
  const { need, find } = metadata;
  const bytecodeLength = find('class_BytecodeArray__length__SMI') ?? 8;
  // A BytecodeArray with a `wrapper` (V8 12 on): length, wrapper, positions. Before: length, constants, handlers, positions.
  const hasWrapper = find('class_BytecodeArray__wrapper__Tagged_BytecodeWrapper_') !== undefined;
  const wrapped = find('DeoptimizationDataWrappedSharedFunctionInfoIndex');
  return {
    bytecodeLength,
    bytecodePositions: bytecodeLength + (hasWrapper ? 16 : 24),
    bytecodeData: need('class_BytecodeArray__data__uintptr_t'),
    // The first field after the Map; each use checks that Code and InstructionStream point at each other.
    streamCode: 8,
    streamStart: need('class_InstructionStream__instruction_start__uintptr_t'),
    ...readCodeFields(metadata),
    kindMask: need('CodeKindFieldMask'),
    kindShift: need('CodeKindFieldShift'),
    kindBaseline: need('CodeKindBaseline'),
    inlinedCount: need('DeoptimizationDataInlinedFunctionCountIndex'),
    literals: need('DeoptimizationDataLiteralArrayIndex'),
    inliningPositions: need('DeoptimizationDataInliningPositionsIndex'),
    optimizedFunction: wrapped ?? need('DeoptimizationDataSharedFunctionInfoIndex'),
    isWrapped: wrapped === undefined ? 0 : 1,
    wrapped: 8,
  };
}

function readCodeFields({
  need,
  find,
}: Metadata): Pick<CodeLayout, 'deoptimization' | 'positions' | 'stream' | 'start' | 'flags' | 'size'> {
  const wrapper = find('class_Code__wrapper__Tagged_CodeWrapper_');
  if (wrapper !== undefined) {
    // V8 12 on. Deoptimization data and positions are not exported: they are the two fields before `wrapper`.
    return {
      deoptimization: wrapper - 16,
      positions: wrapper - 8,
      stream: need('class_Code__instruction_stream__Tagged_InstructionStream_'),
      start: need('class_Code__instruction_start__Address'),
      flags: need('class_Code__flags__uint32_t'),
      size: need('class_Code__instruction_size__int'),
    };
  }
  const positions = find('class_Code__source_position_table__ByteArray');
  if (positions === undefined) throw new UnknownLayout('the binary does not tell how code is laid out');
  // V8 11: deoptimization, positions, instruction stream, start, flags, metadata, size; the stream and the start are
  // checked at each use.
  return {
    deoptimization: need('class_Code__deoptimization_data__FixedArray'),
    positions,
    stream: positions + 8,
    start: positions + 16,
    flags: positions + 24,
    size: positions + 32,
  };
}
