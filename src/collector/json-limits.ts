import { Refusal } from './refusal.js';
import { createSlices } from './slices.js';

/** Enough for a report's deepest value: OTLP writes each of its levels as four. */
const MAX_DEPTH = 400;
/**
 * Objects, lists and their items. Parsed, each takes up to fifty times its size in the text, and a million take about
 * 0.3 s. OpenTelemetry's collector sends 8,192 records at once by default: with twenty attributes each, 700,000 parts.
 */
const MAX_PARTS = 1_000_000;
/** Names of fields, each counted once: OTLP has fewer than a hundred, and V8 takes 2 µs to learn a new one. */
const MAX_FIELD_NAMES = 10_000;
/** Tokens that are read before the clock is looked at. */
const TOKENS_A_ROUND = 65_536;

const [QUOTE, BACKSLASH, COLON, COMMA, SPACE] = [0x22, 0x5c, 0x3a, 0x2c, 0x20];
/** `[` and `]`; 0x20 above them, `{` and `}`. */
const [OPEN, CLOSE, BRACE] = [0x5b, 0x5d, 0x20];

/**
 * Looks at JSON before it is parsed: a small body can become a gigabyte of objects, and hold the collector for seconds.
 *
 * @throws Refusal
 */
export async function checkJsonLimits(json: Buffer): Promise<void> {
  const slice = createSlices();
  const names = new Set<string>();
  let depth = 0;
  let parts = 0;
  let tokens = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) {
      const end = findStringEnd(json, at);
      if (isName(json, end + 1)) names.add(json.toString('latin1', at + 1, end));
      at = end;
    } else if (byte === COMMA) parts += 1;
    else if (byte === OPEN || byte === OPEN + BRACE) {
      parts += 1;
      depth += 1;
      if (depth > MAX_DEPTH) throw new Refusal(400, `the body nests deeper than ${MAX_DEPTH} levels`);
    } else if (byte === CLOSE || byte === CLOSE + BRACE) depth -= 1;
    if (parts > MAX_PARTS) throw new Refusal(413, `the body has more than ${MAX_PARTS} values: send fewer at once`);
    if (names.size > MAX_FIELD_NAMES) throw new Refusal(400, `the body has more than ${MAX_FIELD_NAMES} field names`);
    tokens += 1;
    if (tokens % TOKENS_A_ROUND === 0) {
      const pause = slice();
      if (pause) await pause;
    }
  }
}

/** Whether the string that ended before `at` is a field's name. */
function isName(json: Buffer, at: number): boolean {
  let next = at;
  while ((json[next] ?? COLON) <= SPACE) next += 1;
  return json[next] === COLON;
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
