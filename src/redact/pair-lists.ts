import { isContainer, masksValue, type NameKind } from './kinds.js';
import { type Quote, quotedEnd } from './pair-values.js';
import type { Mark } from './spans.js';
import { looksChosen, looksLikeToken } from './values.js';

const LONGEST_LIST = 4096;
const DEEPEST_LIST = 12;

/** Marks a list or map under a secret name, in text: its literals, or all of it if it has no literal. */
export function markList(text: string, from: number, kind: NameKind, mark: Mark): number | undefined {
  if (kind === 'chosen' || kind === 'weak') return markLiterals(text, from, kind, mark);
  if (!isContainer(kind) && kind !== 'cookie') return undefined;
  const to = bracketEnd(text, from);
  const region = text.slice(from, to);
  if (/^[[{]\s*[\]}]?$|^\[(?:\w+|\w+: \w+|object \w+|Circular \*\d+)\]$/.test(region)) return undefined;
  const literals = literalsIn(region);
  for (const quote of literals) {
    const isKey = /^\\*["'`]\s{0,4}:/.test(region.slice(quote.to, quote.to + 24));
    if (!isKey && masksValue(kind, region.slice(quote.from, quote.to))) mark(from + quote.from, from + quote.to);
  }
  if (literals.length > 0) return to;
  if (masksValue(kind, region) && !/[({]\s*\w+\s*[:,)}]/.test(region.slice(0, 40))) {
    mark(from + 1, Math.max(from + 1, region.endsWith(']') || region.endsWith('}') ? to - 1 : to));
    return to;
  }
  return undefined;
}

/** Marks a list in code, in which only literals are values; `tokens = ['let', 'const']` are words of a language. */
export function markLiterals(text: string, from: number, kind: NameKind, mark: Mark): undefined {
  const region = text.slice(from, bracketEnd(text, from));
  const mayBeWords = kind === 'secrets' || kind === 'weak' || kind === 'chosen';
  for (const quote of literalsIn(region)) {
    const value = region.slice(quote.from, quote.to);
    if (mayBeWords ? looksLikeToken(value) || looksChosen(value) : masksValue(kind, value))
      mark(from + quote.from, from + quote.to);
  }
}

function literalsIn(region: string): (Quote & { readonly to: number })[] {
  const literals = [];
  const opening = /["'`]/g;
  opening.lastIndex = 1;
  for (let match = opening.exec(region); match !== null; match = opening.exec(region)) {
    let slashes = 0;
    while (slashes < 64 && region[match.index - slashes - 1] === '\\') slashes++;
    const quote: Quote = { from: match.index + 1, mark: match[0], escapes: slashes };
    const to = quotedEnd(region, quote);
    literals.push({ ...quote, to });
    opening.lastIndex = to + slashes + 1;
  }
  return literals;
}

/**
 * The end of a list, behind its closing bracket. A text that only opens brackets is not a list: the search ends early, or the
 * text would be read again for each bracket.
 */
function bracketEnd(text: string, from: number): number {
  const bound = Math.min(text.length, from + LONGEST_LIST);
  const bracket = /[[\]{}]/g;
  bracket.lastIndex = from;
  let depth = 0;
  for (let match = bracket.exec(text); match !== null && match.index < bound; match = bracket.exec(text)) {
    depth += match[0] === '[' || match[0] === '{' ? 1 : -1;
    if (depth === 0 || depth > DEEPEST_LIST) return match.index + 1;
  }
  return bound;
}
