/** Every line on which V8 counts: ECMAScript's line terminators, not only line feeds. */
const TERMINATOR = /\r\n|[\n\r\u2028\u2029]/g;
/** Lines between remembered offsets: a text of newlines alone must not cost more than itself. */
const STRIDE = 128;
/** A bundle's only line is asked for again and again, and its end is far. */
const LONG_CHARACTERS = 8192;

export interface Lines {
  /** From 1. */
  read(line: number): string | undefined;
  /** Where a line, from 1, starts; from 0, in UTF-16 units. */
  startOf(line: number): number | undefined;
}

/** The lines of `text` by number, found without splitting it. */
export function indexLines(text: string): Lines {
  const offsets = [0];
  const long = new Map<number, string>();
  let indexed = 1;
  let end = 0;
  const advance = (line: number) => {
    TERMINATOR.lastIndex = end;
    while (indexed < line) {
      if (!TERMINATOR.exec(text)) return false;
      indexed += 1;
      end = TERMINATOR.lastIndex;
      if ((indexed - 1) % STRIDE === 0) offsets.push(end);
    }
    return true;
  };
  const startOf = (line: number) => {
    if (!Number.isSafeInteger(line) || line < 1 || !advance(line)) return undefined;
    let start = offsets[Math.floor((line - 1) / STRIDE)] ?? 0;
    TERMINATOR.lastIndex = start;
    for (let skip = (line - 1) % STRIDE; skip > 0; skip -= 1) {
      TERMINATOR.exec(text);
      start = TERMINATOR.lastIndex;
    }
    return start;
  };
  return {
    startOf,
    read(line) {
      const known = long.get(line);
      if (known !== undefined) return known;
      const start = startOf(line);
      if (start === undefined) return undefined;
      TERMINATOR.lastIndex = start;
      const next = TERMINATOR.exec(text);
      const content = text.slice(start, next ? next.index : text.length);
      if (content.length > LONG_CHARACTERS) long.set(line, content);
      return content;
    },
  };
}
