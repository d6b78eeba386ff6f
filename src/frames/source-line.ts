/** In place of the source line: a line of another version would mislead, and the change is worth knowing. */
export const CHANGED = '[changed on disk since this process started]';

/** In place of the source line: a loader has made another text of the file, and that cannot be read. */
export const LOADED = '[runs as a loader has made it]';

/** In place of the source line, at the first frame of a file that there was no time to read. */
export const OUT_OF_TIME = '[not looked up: out of time]';

/** Characters of a source line in a report: what fits beside a stack, and enough of a minified file's only line. */
const MAX_CHARACTERS = 160;
/** Characters of a line beside it, its indent included. */
const MAX_NEAR = 300;
/** Controls, format characters (those that turn text around or hide it) and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * One line of source to be shown in a terminal: without its indent, at most 160 characters of it around `column`
 * (from 1), and nothing in it that a terminal obeys. Nothing for an empty line.
 */
export function showSourceLine(line: string, column: number): string | undefined {
  const start = line.length - line.trimStart().length;
  const end = line.trimEnd().length;
  if (end <= start) return undefined;
  if (end - start <= MAX_CHARACTERS) return makeHarmless(line.slice(start, end));
  const kept = MAX_CHARACTERS - 2;
  const wanted = Math.min(Math.max(column - 1, start), end) - Math.floor(kept / 2);
  const from = Math.max(start, Math.min(wanted, end - kept));
  const to = from + kept;
  return `${from > start ? '…' : ''}${makeHarmless(line.slice(from, to)).trim()}${to < end ? '…' : ''}`;
}

/** A string alone on its line, or a part of one: its name, by which a secret is known, is on another line. */
const NAMELESS = /^\s*(?:["'`]|[\w+/=-]{20,}["'`,;\s]*$)|-----(?:BEGIN|END)/;

/**
 * The line before or after `line`, without the indent of that one. Nothing for a long one, which is no code that a person reads,
 * and for a string alone, which cannot be masked by its name.
 */
export function showNearLine(near: string | undefined, line: string): string | undefined {
  if (near === undefined || near.length > MAX_NEAR || line.length > MAX_NEAR) return undefined;
  if (near.trim() === '' || NAMELESS.test(near) || NAMELESS.test(line)) return undefined;
  const indentOf = (text: string) => text.length - text.trimStart().length;
  const text = near.slice(Math.min(indentOf(near), indentOf(line))).trimEnd();
  return text.length > MAX_CHARACTERS ? undefined : makeHarmless(text);
}

/** `text` on one line, with nothing in it that a terminal obeys. */
export function makeHarmless(text: string): string {
  return text.replaceAll('\t', ' ').replace(UNSAFE, '\uFFFD');
}
