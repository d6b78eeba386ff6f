import type { RawFrame } from '../raw-frame.js';
import type { SourceMap } from './source-map.js';

/** A generated file as names are looked up in it: its map, and its lines from 1. */
export interface GeneratedFile {
  readonly map: SourceMap;
  line(line: number): string | undefined;
}

/** `prefix`, `Type`, `.method`, ` [as alias]` of V8's words for a function. */
const WORDS = /^((?:new |get |set |static )?)((?:[\w$#<>]+\.)*)([\w$#]+)((?: \[as [^\]]*\])?)$/;
/** The text that may stand between V8's start of a function and its name. */
const BEFORE_NAME = /^(?:(?:static|async|get|set|function)\b\s*)*\*?\s*/;
/** Characters of one line that are searched for a name or a class. */
const MAX_LOOK_BACK = 65_536;

/**
 * A function's name before it was minified, in V8's form: `new n` is `new Worker`, `Object.t` is
 * `Object.handle`. The generated words stay if the map has no name.
 *
 * The declaration's identifier is looked up, where V8 said at which place the function starts; else the identifier at
 * the place where `caller`, the next frame outwards, calls it. Both only where the generated text has the generated
 * name at that very place, so that no other function's name is ever taken.
 */
export function findOriginalName(
  frame: RawFrame,
  file: GeneratedFile,
  caller?: { readonly frame: RawFrame; readonly file: GeneratedFile },
): string {
  const [, prefix = '', type = '', name = '', alias = ''] = WORDS.exec(frame.function) ?? [];
  if (name === '') return frame.function;
  const original =
    findDeclared(frame, file, name, prefix === 'new ') ?? (caller && findCalled(caller.frame, caller.file, name));
  const typeName = type === '' ? undefined : findClass(frame, file, type.slice(0, -1));
  return `${prefix}${typeName === undefined ? type : `${typeName}.`}${original ?? name}${alias}`;
}

function findDeclared(frame: RawFrame, file: GeneratedFile, name: string, isNew: boolean): string | undefined {
  const { enclosingLine: line, enclosingColumn: column } = frame;
  const text = line && column ? file.line(line) : undefined;
  if (!line || !column || text === undefined) return undefined;
  const start = column - 1;
  const keywords = BEFORE_NAME.exec(text.slice(start, start + 100))?.[0].length ?? 0;
  const inner = findAt(file, line, text, start + keywords, name);
  if (inner !== undefined) return inner;
  // `name=function(`, `name=(`, `name:async(`: the name comes before what V8 takes for the start.
  const before = text.slice(Math.max(0, start - name.length - 40), start);
  const assigned = /([\w$#]+)\s*[=:]\s*(?:async\s*)?\(*$/.exec(before);
  const outer = assigned && findAt(file, line, text, start - before.length + assigned.index, name);
  return outer ?? (isNew ? findClass(frame, file, name) : undefined);
}

function findCalled(caller: RawFrame, file: GeneratedFile, name: string): string | undefined {
  const text = file.line(caller.line);
  if (text === undefined) return undefined;
  const start = caller.column - 1;
  const skipped = /^(?:(?:await|new)\b\s*)*\(*/.exec(text.slice(start, start + 40))?.[0].length ?? 0;
  return findAt(file, caller.line, text, start + skipped, name);
}

/** The class around a method or a constructor, if it is the one that V8 named. */
function findClass(frame: RawFrame, file: GeneratedFile, name: string): string | undefined {
  const { enclosingLine: line, enclosingColumn: column } = frame;
  const text = line && column && /^[\w$]+$/.test(name) && name !== 'Object' ? file.line(line) : undefined;
  if (!line || !column || text === undefined) return undefined;
  const from = Math.max(0, column - 1 - MAX_LOOK_BACK);
  // The start of a class without a constructor of its own is the class itself.
  const before = text.slice(from, column + 'class '.length + name.length);
  const classes = /(?:([\w$]+)\s*=\s*)?\bclass(?:\s+([\w$]+))?(?=[\s{]|$)/g;
  let last: RegExpExecArray | undefined;
  for (let match = classes.exec(before); match; match = classes.exec(before)) last = match;
  if (!last) return undefined;
  // `n=class t{`: V8 knows it by either.
  const inner = last[2] === name ? last[0].length - name.length : 0;
  return findAt(file, line, text, from + last.index + inner, name);
}

/** The original of `name`, if the text has that name at `index` and a mapping starts there. */
function findAt(file: GeneratedFile, line: number, text: string, index: number, name: string): string | undefined {
  if (!text.startsWith(name, index) || /[\w$]/.test(text[index + name.length] ?? '')) return undefined;
  const place = file.map.find(line, index + 1);
  return place?.generatedColumn === index + 1 ? place.name : undefined;
}
