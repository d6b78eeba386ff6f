import type { Metadata } from './metadata.js';

/** Frames on the stack (V8's src/execution/frame-constants.h, frames.h): slots by their distance from the frame pointer. */
export interface FrameLayout {
  readonly function: number;
  /** The context of a JavaScript frame; twice its type for another one. */
  readonly contextOrType: number;
  readonly bytecodeArray: number;
  readonly bytecodeOffset: number;
  /** The receiver; the arguments are behind it. */
  readonly receiver: number;
  /** How V8's types of frames are numbered on this line. */
  readonly kinds: ReadonlyMap<number, FrameKind>;
}

export type FrameKind =
  /** C++ has called JavaScript. */
  | 'entry'
  /** JavaScript has called C++: a builtin of V8's own, a function of Node's or an addon's, V8's runtime. */
  | 'builtin exit'
  | 'api exit'
  | 'runtime exit'
  | 'wasm'
  /** Made by `new`: the frame that it calls is a constructor's. */
  | 'construct'
  /** Not of the program's: between two that are. */
  | 'other';

const KINDS: { readonly [name: string]: FrameKind } = {
  EntryFrame: 'entry',
  ConstructEntryFrame: 'entry',
  BuiltinExitFrame: 'builtin exit',
  ApiCallbackExitFrame: 'api exit',
  ApiAccessorExitFrame: 'api exit',
  ApiConstructExitFrame: 'api exit',
  ApiNamedAccessorExitFrame: 'api exit',
  ApiIndexedAccessorExitFrame: 'api exit',
  ExitFrame: 'runtime exit',
  WasmExitFrame: 'runtime exit',
  WasmFrame: 'wasm',
  WasmLiftoffSetupFrame: 'wasm',
  ConstructFrame: 'construct',
  FastConstructFrame: 'construct',
};
const OTHERS =
  'WasmToJsFrame WasmToJsFunctionFrame JsToWasmFrame InternalFrame StubFrame ' +
  'BuiltinFrame InterpretedFrame BaselineFrame MaglevFrame TurbofanFrame TurbofanJSFrame TurbofanStubWithContextFrame ' +
  'BuiltinContinuationFrame JavaScriptBuiltinContinuationFrame JavaScriptBuiltinContinuationWithCatchFrame ' +
  'CWasmEntryFrame IrregexpFrame NativeFrame StackSwitchFrame WasmDebugBreakFrame WasmJspiFrame WasmStackEntryFrame ' +
  'WasmStackExitFrame WasmSegmentStartFrame';

export function readFrameLayout({ need, find }: Metadata): FrameLayout {
  const kinds = new Map<number, FrameKind>();
  for (const name of [...Object.keys(KINDS), ...OTHERS.split(' ')]) {
    const type = find(`frametype_${name}`);
    if (type !== undefined) kinds.set(type, KINDS[name] ?? 'other');
  }
  return {
    function: need('off_fp_function'),
    contextOrType: need('off_fp_context'),
    bytecodeArray: need('off_fp_bytecode_array'),
    bytecodeOffset: need('off_fp_bytecode_offset'),
    receiver: need('off_fp_args'),
    kinds,
  };
}
