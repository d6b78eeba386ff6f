import type { JudgeName } from './names.js';
import type { Mark } from './spans.js';
import { isPlainValue, isProse, looksLikeToken, masksValue } from './values.js';

/** A name and a value as two fields: `"name":"password","value":"x"`, `<add key="password" value="x"/>`, a form's part. */
const NAMED =
  /\b(?:name|key|header|field|param|id)\\*["']?\s{0,4}[=:]\s{0,4}\\*["']([\w.\-:]{1,100})\\*["'][,;]?\s{0,8}(?:\\*["']?(?:value|val|content|default|data)\\*["']?\s{0,4}[=:]\s{0,4}\\*["']((?:[^"'\\]|\\[^"'\\]){1,4096})|\r?\n\r?\n([^\r\n]{1,4096})|>([^<]{1,4096})<)/gi;
/** `<Password Type="text">x</Password>`. */
const ELEMENT = /<([\w:.-]{1,80})\s[^<>]{0,200}>([^<]{1,4096})</g;
/** `PASSWORD 'x'` of SQL, `password is "x"`, `password is x1`, and .netrc. */
const SPOKEN =
  /\b(password|passwd|passphrase|(?:secret|token|api key)(?= (?:is|was|set to) )|identified by|pwd|identified with \w{1,40} by)(?: (?:is|was|set to|for [\w@.-]{1,60}|of [\w@.-]{1,60}|to))?\s{1,4}(?:\\*["'`]([^"'`\\\n]{1,512})["'`\\]|(?<=(?:login|user|account)\s{1,4}[^\s]{1,128}\s{1,4}(?:password|passwd)\s{1,4})(\S{1,512})|(?<= (?:is|was|set to)\s{1,4})([^\s"'.]*\d[^\s"']*))/gi;
/** `privateKey 0x…`: only what no one would write there otherwise. */
const BESIDE = /[ \t](0x[0-9a-f]{32,128}|[\w+/=.~-]{20,512})(?![\w(])/gi;

/** Marks values whose names stand in a field of their own, or in an element's tag. */
export function markNamed(text: string, judge: JudgeName, mark: Mark): void {
  for (const match of text.matchAll(NAMED)) {
    const value = match[2] ?? match[3] ?? match[4] ?? '';
    if (!masksValue(judge(match[1] ?? ''), value)) continue;
    const from = match.index + match[0].lastIndexOf(value);
    mark(from, from + value.length);
  }
  if (!text.includes('<')) return;
  for (const match of text.matchAll(ELEMENT)) {
    const [whole, name = '', value = ''] = match;
    if (masksValue(judge(name), value.trim())) markLast(match.index + whole.length - 1, value, mark);
  }
}

/** Marks values that stand beside their names without a sign between them. */
export function markSpoken(text: string, judge: JudgeName, mark: Mark): void {
  for (const match of text.matchAll(SPOKEN)) {
    const value = match[2] ?? match[3] ?? match[4] ?? '';
    if (value.length < 3 || isPlainValue(value) || isProse(value) || judge(value) !== 'none') continue;
    const from = match.index + match[0].lastIndexOf(value);
    mark(from, from + value.length);
  }
  for (const match of text.matchAll(BESIDE)) {
    const [whole, value = ''] = match;
    const name = /(?:^|[^\w.-])([A-Za-z][\w-]{3,60})\s?$/.exec(
      text.slice(Math.max(0, match.index - 64), match.index),
    )?.[1];
    if (name === undefined || !looksLikeToken(value)) continue;
    const kind = judge(name);
    if (kind === 'secret' || kind === 'key' || kind === 'declared') markLast(match.index + whole.length, value, mark);
  }
}

function markLast(to: number, value: string, mark: Mark): void {
  mark(to - value.length, to);
}
