import { type CodeLayout, readCode } from './code.js';
import { type FrameLayout, readFrameLayout } from './frames.js';
import { type FunctionLayout, readFunctions, readScripts, type ScriptLayout } from './functions.js';
import type { Metadata } from './metadata.js';
import { type ObjectLayout, readObjects } from './objects.js';
import { type PromiseLayout, readPromises } from './promises.js';
import { type PropertyLayout, readProperties } from './properties.js';
import { type ArrayLayout, readArrays, readStrings, type StringLayout } from './strings.js';
import { readTypes, type TypeLayout } from './types.js';

/**
 * How this process's V8 lays its objects out: from the binary's metadata, or next to a field that is in it. A new line of
 * V8 is a matter of this folder; self-test.ts finds its errors before anything is read for a report.
 */
export interface Layout {
  readonly types: TypeLayout;
  readonly strings: StringLayout;
  readonly arrays: ArrayLayout;
  readonly functions: FunctionLayout;
  readonly scripts: ScriptLayout;
  readonly properties: PropertyLayout;
  readonly promises: PromiseLayout;
  readonly objects: ObjectLayout;
  readonly code: CodeLayout;
  readonly frames: FrameLayout;
}

/** @throws UnknownLayout */
export function readLayout(metadata: Metadata): Layout {
  return {
    types: readTypes(metadata),
    strings: readStrings(metadata),
    arrays: readArrays(metadata),
    functions: readFunctions(metadata),
    scripts: readScripts(metadata),
    properties: readProperties(metadata),
    promises: readPromises(metadata),
    objects: readObjects(metadata),
    code: readCode(metadata),
    frames: readFrameLayout(metadata),
  };
}
