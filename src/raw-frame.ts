/** One call, as V8 tells it: through a CallSite, or as a line of a stack's text. */
export interface RawFrame {
  /** V8's own words, such as `Type.method [as alias]`, `new Type`, `Promise.all (index 0)`; empty when anonymous. */
  readonly function: string;
  /**
   * `file:///…`, a path, `node:…`, `evalmachine.<anonymous>`, `wasm://…`, `native`; V8's eval origin
   * (`eval at f (file:///…:1:2)`) for evaluated code; empty for V8's builtins.
   */
  readonly file: string;
  /** From 1; 0 when unknown. */
  readonly line: number;
  /** From 1, in UTF-16 units; 0 when unknown. */
  readonly column: number;
  /** Suspended at an `await`. */
  readonly async: boolean;
  /** Where the function starts that made the call, from 1. */
  readonly enclosingLine?: number;
  readonly enclosingColumn?: number;
  /** The call's offset in the script's text, in UTF-16 units, where V8 tells it. */
  readonly position?: number;
  /** V8's id of the script, where it tells it: Node 22.12 on. */
  readonly scriptId?: number;
}
