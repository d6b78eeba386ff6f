import { markBlocks } from './blocks.js';
import { markCommands, namesCommand } from './command-line.js';
import { decodePercent, markEncoded } from './encoded.js';
import { markPatterns, type TextMode } from './engine.js';
import type { JudgeName } from './names.js';
import { markPairs } from './pairs.js';
import { markPem } from './pem.js';
import { maskSpans } from './spans.js';
import { markInserts, markTables } from './tables.js';
import { markTokens, TOKEN_STARTS } from './tokens.js';
import { readTraits, TRAITS } from './traits.js';
import { markUrls } from './urls.js';
import { basicPassword, LONGEST_JUDGED, looksChosen, looksLikeToken } from './values.js';

/** Gets every value that was masked: it may appear again elsewhere. */
export type Found = (value: string) => void;

export interface TextMasker {
  readonly judge: JudgeName;
  readonly found: Found;
  /** Texts in which no secret was found: most come again in the next report. */
  readonly clean: { readonly [mode in TextMode]: Set<string> };
}

export const noCleanTexts = (): TextMasker['clean'] => ({ text: new Set(), code: new Set() });

const MOST_CLEAN = 5000;
const LONGEST_CLEAN = 256;

/** How many encodings, one inside the other, are undone. */
const DEEPEST_ENCODED = 3;

/** Masks the secrets in a text of any kind. `encoded`: how many encodings have been undone to get it. */
export function maskText(text: string, mode: TextMode, masker: TextMasker, encoded = 0): string {
  const clean = masker.clean[mode];
  if (text.length < 4 || clean.has(text)) return text;
  const spans = markText(text, mode, masker, encoded);
  if (spans.length > 0) return maskSpans(text, spans);
  if (text.length <= LONGEST_CLEAN && encoded === 0) {
    if (clean.size >= MOST_CLEAN) clean.clear();
    clean.add(text);
  }
  return text;
}

type Span = readonly [from: number, to: number];
const NO_SPANS: readonly Span[] = [];
const WORTH_READING = TRAITS.sign | TRAITS.space | TRAITS.long | TRAITS.digits;

function markText(text: string, mode: TextMode, masker: TextMasker, encoded: number): readonly Span[] {
  const { judge, found } = masker;
  const traits = readTraits(text, TOKEN_STARTS);
  const has = (trait: number): boolean => (traits.seen & trait) !== 0;
  if (!has(WORTH_READING) && traits.starts.length === 0) return NO_SPANS;
  const spans: Span[] = [];
  const mark = (from: number, to: number): void => {
    if (to <= from) return;
    spans.push([from, to]);
    collect(text.slice(from, to), found);
  };
  const isText = mode === 'text';
  if (has(TRAITS.long)) markPem(text, mark);
  if (has(TRAITS.long) && encoded < DEEPEST_ENCODED) {
    markEncoded(text, (inner) => maskText(inner, 'text', masker, encoded + 1) !== inner, mark);
  }
  markTokens(text, traits.starts, mark);
  markPatterns(text, mode, traits, judge, mark);
  if (has(TRAITS.sign)) markUrls(text, mark);
  if (has(TRAITS.sign)) markPairs(text, judge, mode, mark);
  if (has(TRAITS.bracket) && has(TRAITS.sign)) markInserts(text, judge, mark);
  if (isText && has(TRAITS.newline)) markBlocks(text, judge, mark);
  if (isText && has(TRAITS.newline)) markTables(text, judge, mark);
  if (isText && has(TRAITS.space) && (has(TRAITS.flag) || namesCommand(text))) markCommands(text, judge, mark);
  return spans;
}

/** Collects the parts of a masked value that may appear again: the token without its scheme, each cookie, the password in base64. */
export function collect(value: string, found: Found): void {
  const text = value.trim().replace(/^(?:bearer|basic|token)\s+/i, '');
  if (text.length > 65_536) {
    found(text);
    return;
  }
  const password = basicPassword(text);
  if (password !== undefined) found(password);
  for (const word of likelyValues(text)) found(word);
  if (text.includes(';') && text.includes('=')) {
    for (const part of text.split(';')) {
      const at = part.indexOf('=');
      if (at !== -1 && part.length - at > 8) found(part.slice(at + 1).trim());
    }
    return;
  }
  found(text);
  if (text.includes('%')) found(decodePercent(text) ?? text);
}

const MOST_WORDS = 20;

/** The words that may be the value itself, if a remark follows the value on its line. */
function likelyValues(text: string): readonly string[] {
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
