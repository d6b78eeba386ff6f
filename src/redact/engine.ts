import { masksValue, type NameKind } from './kinds.js';
import type { JudgeName } from './names.js';
import { PATTERNS, type Pattern } from './patterns.js';
import type { Mark } from './spans.js';
import type { Traits } from './traits.js';
import { isPlainValue, isProse, looksLikeToken } from './values.js';

/** In source lines only literals are values: `const token = await getToken()` stays. */
export type TextMode = 'text' | 'code';

/** Marks the values of every pattern of the table that are secret. */
export function markPatterns(text: string, mode: TextMode, traits: Traits, judge: JudgeName, mark: Mark): void {
  let words: RegExp | undefined;
  let holds = false;
  for (const row of PATTERNS) {
    if ((traits.seen & row.needs) !== row.needs || (row.mode ?? mode) !== mode) continue;
    // Rows that follow each other often ask for the same words.
    if (row.holds !== words) holds = row.holds.test(text);
    words = row.holds;
    if (holds) markPattern(text, row, judge, mark);
  }
}

/** The groups `name`, `name2` … judge the groups `value`, `value2` …: a match has one of each. */
export function markPattern(text: string, { find, accept }: Pattern, judge: JudgeName, mark: Mark): void {
  find.lastIndex = 0;
  for (let match = find.exec(text); match !== null; match = find.exec(text)) {
    let name: string | undefined;
    let value: readonly [from: number, to: number] | undefined;
    for (const [group, span] of Object.entries(match.indices?.groups ?? {})) {
      if (span === undefined) continue;
      if (group.startsWith('name')) name = nameIn(text.slice(...span));
      else if (group.startsWith('value')) value = span;
    }
    if (value === undefined) continue;
    const word = text.slice(...value);
    const kind = name === undefined ? undefined : judge(name);
    if (isSecret(word, kind, judge) && (accept === undefined || accept(word, kind))) mark(...value);
  }
}

/** The name of a secret is not a secret: `get('token')`. */
function isSecret(word: string, kind: NameKind | undefined, judge: JudgeName): boolean {
  if (kind !== undefined) return masksValue(kind, word.trim());
  if (isPlainValue(word) || isProse(word)) return false;
  return !/^[A-Za-z_][\w.-]{0,60}$/.test(word) || looksLikeToken(word) || judge(word) === 'none';
}

/** A plain name, or the last one of a selector: `#login .password`, `input[name="password"]`. */
function nameIn(literal: string): string {
  if (/^[\w.:-]+$/.test(literal) || !/[#.[=]/.test(literal)) return literal;
  return /([\w-]{2,60})["']?\]?$/.exec(literal)?.[1] ?? '';
}
