import { findBytecodePosition } from './bytecode.js';
import { readSharedFunction, type SharedFunction } from './functions.js';
import { readField, readSmi } from './heap.js';
import type { Reading } from './reading.js';
import type { Script } from './scripts.js';

const MAX_DEPTH = 10;

/** The function that evaluated a script's text; undefined if the script is no evaluated code. */
export function readEvaluator(reading: Reading, script: Script): SharedFunction | undefined {
  return readSharedFunction(reading, readField(reading, script.pointer, reading.layout.scripts.evalShared));
}

/** V8's words for where evaluated code comes from: `eval at f (file:///a.js:1:2)`; empty if that is not known. */
function describeEvalOrigin(reading: Reading, script: Script, depth = 0): string {
  const evaluator = depth < MAX_DEPTH ? readEvaluator(reading, script) : undefined;
  const outer = evaluator && reading.scripts.read(evaluator.script);
  if (!evaluator || !outer) return '';
  const name = evaluator.name || (readEvaluator(reading, outer) ? 'eval' : '<anonymous>');
  const { line, column } = reading.scripts.locateInText(outer, findEvalPosition(reading, script, evaluator));
  const file = outer.sourceUrl || outer.name;
  if (file) return `eval at ${name} (${file}:${line}:${column})`;
  return `eval at ${name} (${describeEvalOrigin(reading, outer, depth + 1)})`;
}

/** A negative number is an offset of the function's bytecode, not translated yet (Script::GetEvalPosition). */
function findEvalPosition(reading: Reading, script: Script, evaluator: SharedFunction): number {
  const position = readSmi(reading, script.pointer, reading.layout.scripts.evalPosition);
  if (!(position < 0)) return position;
  return evaluator.bytecode === 0 ? -1 : findBytecodePosition(reading, reading.encoding, evaluator.bytecode, -position);
}

/** The name by which V8's stacks tell a script. */
export function nameScript(reading: Reading, script: Script): string {
  const name = script.sourceUrl || script.name;
  return name || (readEvaluator(reading, script) ? describeEvalOrigin(reading, script) : '');
}
