import type { NameKind } from './kinds.js';
import type { JudgeName } from './names.js';
import { JWK_MEMBERS } from './words.js';

/** The kind of a name in a text, and its start. */
export interface Name {
  readonly kind: NameKind;
  readonly from: number;
}

const LONGEST_NAME = 100;
const isNameCode = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46 ||
  code > 127;

/** The name that ends before a separator, past quotes, brackets and their escapes, if it speaks of a secret. */
export function nameBefore(text: string, at: number, judge: JudgeName): Name | undefined {
  let end = at;
  while (end > 0 && at - end < 12 && ' \t"\'`\\[]?!)'.includes(text[end - 1] ?? '')) end--;
  // `user%5Bpassword%5D=x`: a bracket that is encoded.
  if (/%5[Dd]$/.test(text.slice(Math.max(0, end - 3), end))) end -= 3;
  let from = end;
  while (from > 0 && end - from < LONGEST_NAME && isNameCode(text.charCodeAt(from - 1))) from--;
  if (text[from - 1] === '%' && end - from > 2) from += 2;
  if (from === end) return undefined;
  const word = text.slice(from, end);
  if (/^(?:code|key|k|hash)$/.test(word) && /[?&]/.test(text[from - 1] ?? '')) return { kind: 'weak', from };
  const kind = judgeAt(word, text, from, judge);
  if (kind !== 'none' && kind !== 'weak') return isParserTalk(text, from, word) ? undefined : { kind, from };
  if (text[from - 1] === ' ' && isNameCode(text.charCodeAt(from - 2))) {
    let start = from - 1;
    while (start > 0 && from - start < 24 && isNameCode(text.charCodeAt(start - 1))) start--;
    const first = text.slice(start, from - 1);
    const both = /^(?:const|let|var|return|new)$/.test(first) ? 'none' : judge(text.slice(start, end));
    if (both !== 'none' && judge(first) === 'none') return { kind: both, from: start };
  }
  return kind === 'none' ? undefined : { kind, from };
}

/** Judges a name by the text around it, if that says more, or by itself. */
function judgeAt(word: string, text: string, from: number, judge: JudgeName): NameKind {
  if (word === 'keys' && signsCookies(text, from)) return 'secret';
  if (/^(?:app|koa)\.keys$/.test(word)) return 'secret';
  return word.length <= 2 && isJwkMember(word, text, from) ? 'secret' : judge(word);
}

/** A private member of a JSON web key, in text. */
function isJwkMember(word: string, text: string, at: number): boolean {
  if (!JWK_MEMBERS.has(word) || !/[{,]\s{0,8}\\*["']?$/.test(text.slice(Math.max(0, at - 12), at))) return false;
  return /["']?kty["']?\s{0,4}[:=]/.test(text.slice(Math.max(0, at - 1024), at + 1024));
}

/** The `keys` of Keygrip: `cookieSession({ name: 'session', keys: […] })`. */
function signsCookies(text: string, at: number): boolean {
  return /(?:cookie|session|keygrip|koa)\w{0,20}\\*["']?\s{0,4}[({:=][^()\n]{0,200}$/i.test(
    text.slice(Math.max(0, at - 240), at),
  );
}

/** `Unexpected token: }`. */
function isParserTalk(text: string, from: number, word: string): boolean {
  return (
    /^tokens?$/i.test(word) &&
    /(?:unexpected|illegal|next|current|end) $/i.test(text.slice(Math.max(0, from - 12), from))
  );
}
