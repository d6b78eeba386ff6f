/** One call on a stack. */
export type Frame = {
  readonly function: string;
  /** A path; `node:…` for Node's own; empty where V8 names none. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly origin: 'application' | 'dependency' | 'node';
  /** Suspended at an `await`: it goes on when the frame above it has returned. */
  readonly async: boolean;
  /** The source line, without its indent. */
  readonly source?: string;
  /** The lines before and after it, of the innermost frame of a stack that is the application's; without that indent. */
  readonly sourceBefore?: string;
  readonly sourceAfter?: string;
  /** The place in the generated file, if `file`, `line` and `column` come from a source map. */
  readonly generated?: string;
};

/** A function of the program, and where it is. */
export type CalledFunction = Pick<Frame, 'function' | 'file' | 'line' | 'origin'>;
