import { Refusal } from './refusal.js';

/** A report's deepest value, each of whose levels OTLP writes as four. */
const MAX_DEPTH = 400;
/** Objects, lists and their items: parsed, each takes up to fifty times of what it takes in the text. */
const MAX_PARTS = 2_500_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
/** `[` and `]`, and, 0x20 further, `{` and `}`. */
const [OPEN, CLOSE, BRACE] = [0x5b, 0x5d, 0x20];

/** Looks at JSON before it is parsed: a small body can become a gigabyte of objects. @throws Refusal */
export function checkShape(json: Buffer): void {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = findStringEnd(json, at);
    else if (byte === COMMA) parts += 1;
    else if (byte === OPEN || byte === OPEN + BRACE) {
      parts += 1;
      depth += 1;
      if (depth > MAX_DEPTH) throw new Refusal(400, `the body nests deeper than ${MAX_DEPTH} levels`);
    } else if (byte === CLOSE || byte === CLOSE + BRACE) depth -= 1;
  }
  if (parts > MAX_PARTS) throw new Refusal(413, `the body has more than ${MAX_PARTS} values`);
}

function findStringEnd(json: Buffer, start: number): number {
  let at = json.indexOf(QUOTE, start + 1);
  while (at >= 0 && isEscaped(json, at)) at = json.indexOf(QUOTE, at + 1);
  return at < 0 ? json.length : at;
}

function isEscaped(json: Buffer, at: number): boolean {
  let from = at;
  while (json[from - 1] === BACKSLASH) from -= 1;
  return (at - from) % 2 === 1;
}
