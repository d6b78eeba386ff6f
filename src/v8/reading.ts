import type { BytecodeSizes } from './bytecode.js';
import type { Heap } from './heap.js';
import type { IsolateLayout } from './isolate.js';
import type { MachineCodes } from './machine-code.js';
import type { Scripts } from './scripts.js';
import type { PositionEncoding } from './source-positions.js';

/** Everything that a reader of a stack needs. */
export interface Reading extends Heap {
  readonly isolate: IsolateLayout;
  readonly encoding: PositionEncoding;
  readonly scripts: Scripts;
  readonly codes: MachineCodes;
  /** Whether an address is in the binary's own code, V8's builtins included. */
  isText(address: number): boolean;
  /** Undefined if they are not found: then the lines of baseline code are not known. */
  bytecodeSizes(): BytecodeSizes | undefined;
  /** Where an isolate has its list of scripts; undefined if that is not found. */
  scriptList(): number | undefined;
}
