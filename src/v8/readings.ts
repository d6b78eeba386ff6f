import type { Held } from '../shared-state.js';
import type { Census } from './census/census.js';
import type { Handles } from './handles/handles.js';
import type { StackFrame, WalkedFrames } from './stack-frame.js';

export type ReaderState = { readonly on: true } | { readonly on: false; readonly reason: string };

export type StackReading =
  /** In native code that JavaScript has called; `fast`: generated code has called it without V8's usual frame. */
  | NativeStack
  /** No JavaScript is on its stack. */
  | { readonly kind: 'idle'; readonly ms: number }
  /** It runs JavaScript itself. */
  | { readonly kind: 'running'; readonly ms: number }
  | { readonly kind: 'unknown'; readonly reason: string; readonly ms: number };

export type SuspendedReading = SuspendedFunctions | Unknown;

export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
}

export type CensusReading = ({ readonly kind: 'read'; readonly ms: number } & Census<StackFrame>) | Unknown;

export type HandlesReading = ({ readonly kind: 'read'; readonly ms: number } & Handles<StackFrame>) | Unknown;

/** The callbacks of `setImmediate` that were made last, each with the place where its function begins. */
export type ImmediatesReading =
  | { readonly kind: 'read'; readonly ms: number; readonly callbacks: readonly StackFrame[] }
  | Unknown;

export type SuspendedFunctions = { readonly kind: 'read'; readonly ms: number } & WalkedFrames;

export interface NativeStack {
  readonly kind: 'native' | 'fast-native';
  /** Innermost first. */
  readonly frames: readonly StackFrame[];
  /** Whether the frames go to the outermost call. */
  readonly complete: boolean;
  /** Whether calls were left out. */
  readonly deeper: boolean;
  /** The native function that JavaScript has called, if that is known: `parse`, `spawn`. */
  readonly callee?: string;
  /** Why it is not complete. */
  readonly reason?: string;
  readonly ms: number;
}

/** Facts that the caller gives of the thread whose suspended functions are read. */
export interface WalkedThread {
  /** The numbers of served requests that are looked for. */
  readonly served: ReadonlySet<number>;
  /** The numbers of requests in flight that it has made. */
  readonly made: ReadonlySet<number>;
  /** It is held, so that nothing moves: with code of the program on its stack, or without. */
  readonly held?: { readonly state: Held; readonly hold: number };
  /** Nothing waits for it: an earlier read for the same report had no time for all. */
  readonly isLater?: boolean | undefined;
}
