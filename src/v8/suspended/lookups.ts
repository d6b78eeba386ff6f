import { isPointer, readField, readSmi, typeOfMap } from '../heap.js';
import type { Reading } from '../reading.js';
import type { Join, SuspendedLayout } from './layout.js';

/** The kinds of objects that promises are linked by. Each Map and each function's text is looked at once. */
export class Lookups {
  readonly #reading: Reading;
  readonly #layout: SuspendedLayout;
  /** Instance types, by their Map. */
  readonly #types = new Map<number, number>();
  /** By their SharedFunctionInfo. */
  readonly #builtins = new Map<number, number>();

  constructor(reading: Reading, layout: SuspendedLayout) {
    this.#reading = reading;
    this.#layout = layout;
  }

  field(pointer: number, offset: number): number {
    return this.#reading.memory.word(pointer - 1 + offset);
  }

  /** The instance type of an object, if `word` points at one; else -1. */
  typeOf(word: number): number {
    const map = isPointer(word) ? readField(this.#reading, word, 0) : 0;
    let type = this.#types.get(map);
    if (type === undefined) {
      type = typeOfMap(this.#reading, map);
      this.#types.set(map, type);
    }
    return type;
  }

  isFunction(word: number): boolean {
    const type = this.typeOf(word);
    const { firstFunction, lastFunction } = this.#reading.layout.types;
    return type >= firstFunction && type <= lastFunction;
  }

  /** The number of a closure of V8's own; NaN of any other word. */
  builtinOf(closure: number): number {
    if (!this.isFunction(closure)) return Number.NaN;
    const shared = this.field(closure, this.#reading.layout.functions.shared);
    const known = this.#builtins.get(shared);
    if (known !== undefined) return known;
    const isShared = this.typeOf(shared) === this.#reading.layout.types.sharedFunctionInfo;
    const builtin = isShared ? readSmi(this.#reading, shared, this.#layout.builtin) : Number.NaN;
    this.#builtins.set(shared, builtin);
    return builtin;
  }

  joinOf(closure: number): Join | undefined {
    return this.#layout.joins.get(this.builtinOf(closure));
  }

  /** A promise, or that of a capability; 0 of any other word. */
  toPromise(word: number): number {
    const { promise, capability, capabilityPromise } = this.#reading.layout.promises;
    const type = this.typeOf(word);
    if (type === promise) return word;
    return type === capability ? this.field(word, capabilityPromise) : 0;
  }
}
