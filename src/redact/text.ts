import { markBlocks } from './blocks.js';
import { markCalls } from './calls.js';
import { markCommands, namesCommand } from './command-line.js';
import type { JudgeName } from './names.js';
import { markPairs, type TextMode } from './pairs.js';
import { markPem } from './pem.js';
import { basicPassword, markShapes, TOKEN_STARTS } from './shapes.js';
import { maskSpans } from './spans.js';
import { markNamed, markSpoken } from './spoken.js';
import { markInserts } from './sql.js';
import { markTables } from './tables.js';
import { readTraits } from './traits.js';
import { markUrls } from './urls.js';
import { LONGEST_JUDGED, looksChosen, looksLikeToken } from './values.js';

/** Takes every value that was masked, so that it can be found where it appears again. */
export type Found = (value: string) => void;

export interface TextMasker {
  readonly judge: JudgeName;
  readonly found: Found;
  /** Texts in which there is nothing: reports are made of the same ones again and again. */
  readonly clean: { readonly [mode in TextMode]: Set<string> };
}

export const noCleanTexts = (): TextMasker['clean'] => ({ text: new Set(), code: new Set() });

const MOST_CLEAN = 20_000;
const LONGEST_CLEAN = 256;

/** Names that may stand beside a value with nothing but a space between. */
const SPOKEN_NAME = /passw|passphrase|secret|token|api key|identified|pwd|key|cred/i;

/** Masks what is secret in a text of any kind. */
export function maskText(text: string, mode: TextMode, masker: TextMasker): string {
  const clean = masker.clean[mode];
  if (text.length < 4 || clean.has(text)) return text;
  const spans = markText(text, mode, masker);
  if (spans.length > 0) return maskSpans(text, spans);
  if (text.length <= LONGEST_CLEAN) {
    if (clean.size >= MOST_CLEAN) clean.clear();
    clean.add(text);
  }
  return text;
}

type Span = readonly [from: number, to: number];
const NO_SPANS: readonly Span[] = [];

function markText(text: string, mode: TextMode, { judge, found }: TextMasker): readonly Span[] {
  const traits = readTraits(text, TOKEN_STARTS);
  const { sign, space, long } = traits;
  if (!sign && !space && !long && traits.starts.length === 0) return NO_SPANS;
  const spans: Span[] = [];
  const mark = (from: number, to: number): void => {
    if (to <= from) return;
    spans.push([from, to]);
    collect(text.slice(from, to), found);
  };
  if (long) markPem(text, mark);
  markShapes(text, traits.starts, mark);
  if (sign || long) markUrls(text, judge, mark);
  if (sign) markPairs(text, judge, mode, mark);
  if (sign) markNamed(text, judge, mark);
  if (space && SPOKEN_NAME.test(text)) markSpoken(text, judge, mark);
  if (sign && text.includes('(')) {
    markCalls(text, judge, mark);
    markInserts(text, judge, mark);
  }
  if (mode === 'text' && traits.newline) {
    markBlocks(text, judge, mark);
    markTables(text, judge, mark);
  }
  if (mode === 'text' && space && (traits.flag || namesCommand(text))) markCommands(text, judge, mark);
  return spans;
}

/** What of a masked value is worth finding again: without its scheme, each cookie alone, what base64 holds. */
export function collect(value: string, found: Found): void {
  const text = value.trim().replace(/^(?:bearer|basic|token)\s+/i, '');
  if (text.length > 65_536) {
    found(text);
    return;
  }
  const password = basicPassword(text);
  if (password !== undefined) found(password);
  for (const word of madeUpWords(text)) found(word);
  if (text.includes(';') && text.includes('=')) {
    for (const part of text.split(';')) {
      const at = part.indexOf('=');
      if (at !== -1 && part.length - at > 8) found(part.slice(at + 1).trim());
    }
    return;
  }
  found(text);
  if (text.includes('%')) found(decoded(text));
}

const MOST_WORDS = 20;

/** Of a value that goes to the end of its line, what may be the value proper, and the rest a remark. */
function madeUpWords(text: string): readonly string[] {
  if (!/\s/.test(text)) return [];
  const words = text.slice(0, LONGEST_JUDGED).split(/\s+/, MOST_WORDS);
  return words
    .map((word) => word.replace(/[,;.)\]}"']+$/, ''))
    .filter(
      (word, index) =>
        !/=[^=]/.test(word) &&
        (looksLikeToken(word) || looksChosen(word) || (index === 0 && /^(?=.*\d)(?=.*[a-z]).{8}/i.test(word))),
    );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
