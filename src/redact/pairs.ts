import type { JudgeName, NameKind } from './names.js';
import type { Mark } from './spans.js';
import { markList, type Quote, quoteAt, quotedEnd, restOfLine, schemeEnd, unquotedEnd } from './text-values.js';
import { isPlainValue, masksValue } from './values.js';
import { PROSE } from './words.js';

/** In source lines only literals are values: `const token = await getToken()` stays. */
export type TextMode = 'text' | 'code';

/** `=`, `:`, `=>`, `===`, `??`, the `=` and `:` of an encoded query, and XML's `>`. */
const SEPARATOR = /=>|[=!]==?|\?\?|\|\||[=:>]|%3[DA]/gi;

/** Marks values that follow their names: `key=value`, `key: value`, JSON, YAML, XML, queries, headers, literals. */
export function markPairs(text: string, judge: JudgeName, mode: TextMode, mark: Mark): void {
  let done = 0;
  for (const match of text.matchAll(SEPARATOR)) {
    const at = match.index;
    if (at < done) continue;
    const name = nameBefore(text, at, judge);
    if (name === undefined) continue;
    const separator = match[0];
    const after = at + separator.length;
    if (separator === '>') {
      done = markElement(text, name, after, mark) ?? done;
    } else {
      done = markValue(text, { ...name, after, separator }, mode, mark) ?? done;
    }
  }
  markNamedValues(text, judge, mark);
}

interface Name {
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

/** The name that ends before a separator, past quotes, brackets and their escapes, when it speaks of a secret. */
function nameBefore(text: string, at: number, judge: JudgeName): Name | undefined {
  let end = at;
  while (end > 0 && at - end < 12 && ' \t"\'`\\]?!)'.includes(text[end - 1] ?? '')) end--;
  let from = end;
  while (from > 0 && end - from < LONGEST_NAME && isNameCode(text.charCodeAt(from - 1))) from--;
  if (from === end) return undefined;
  const word = text.slice(from, end);
  if (/^(?:code|key|k|hash)$/.test(word) && /[?&]/.test(text[from - 1] ?? '')) return { kind: 'weak', from };
  const kind = judge(word);
  if (kind !== 'none' && kind !== 'weak') return isParserTalk(text, from, word) ? undefined : { kind, from };
  if (text[from - 1] === ' ' && isNameCode(text.charCodeAt(from - 2))) {
    let start = from - 1;
    while (start > 0 && from - start < 24 && isNameCode(text.charCodeAt(start - 1))) start--;
    const both = judge(text.slice(start, end));
    if (both !== 'none' && judge(text.slice(start, from - 1)) === 'none') return { kind: both, from: start };
  }
  return kind === 'none' ? undefined : { kind, from };
}

/** `Unexpected token: }`. */
function isParserTalk(text: string, from: number, word: string): boolean {
  return (
    /^tokens?$/i.test(word) &&
    /(?:unexpected|illegal|next|current|end) $/i.test(text.slice(Math.max(0, from - 12), from))
  );
}

interface Place extends Name {
  readonly after: number;
  readonly separator: string;
}

/** Marks one value; returns where the search goes on, or nothing when the name had no value there. */
function markValue(text: string, place: Place, mode: TextMode, mark: Mark): number | undefined {
  let from = place.after;
  while (from < text.length && from - place.after < 64 && (text[from] === ' ' || text[from] === '\t')) from++;
  const quote = quoteAt(text, from);
  if (quote !== undefined) return markQuoted(text, place.kind, quote, mark);
  const wrapper =
    /^(?:Some|Just|Ok|String|Secret|SecretString|Optional|Buffer\.from|new \w{1,40})\(\s?(?=["'`\\])/.exec(
      text.slice(from, from + 60),
    );
  const inner = wrapper === null ? undefined : quoteAt(text, from + wrapper[0].length);
  if (inner !== undefined) return markQuoted(text, place.kind, inner, mark);
  if (mode === 'code' || place.separator === '??' || place.separator === '||' || place.separator[1] === '=') {
    return markCode(text, place.kind, from, mark);
  }
  const first = text[from];
  if (first === '[' || first === '{') return markList(text, from, place.kind, mark);
  if (first === '\n' || first === '\r' || first === '|' || first === undefined) return undefined;
  return markUnquoted(text, place, from, mark);
}

function markQuoted(text: string, kind: NameKind, quote: Quote, mark: Mark): number | undefined {
  const to = quotedEnd(text, quote);
  const value = text.slice(quote.from, to);
  if (!masksOrPairs(kind, value, quote.from, to, mark)) return undefined;
  return to;
}

/** In code, digits are the only literal without quotes. */
function markCode(text: string, kind: NameKind, from: number, mark: Mark): undefined {
  const digits = /^\d{4,}\b(?!\.\d)/.exec(text.slice(from, from + 40))?.[0];
  if (digits !== undefined && (kind === 'secret' || kind === 'digits' || kind === 'declared'))
    mark(from, from + digits.length);
}

function markUnquoted(text: string, place: Place, from: number, mark: Mark): number | undefined {
  const { kind, separator } = place;
  const scheme = schemeEnd(text, from);
  if (scheme !== undefined && kind !== 'weak') {
    mark(scheme.from, scheme.to);
    return scheme.to;
  }
  const line = startsLine(text, place.from);
  let to = unquotedEnd(text, from);
  if (separator === ':' && place.after === from) {
    if (isResourceName(text, place.from)) return undefined;
    if (/^\d{1,5}(?::\d+)?$/.test(text.slice(from, to)) && kind !== 'digits') return undefined;
    if (text[from] === '/' && text[from + 1] === '/') return undefined;
  }
  if (kind === 'cookie') to = restOfLine(text, from, line || separator === ':' ? '' : ' ');
  else if (line && place.after !== from && (separator === ':' || separator === '=')) to = restOfLine(text, from, '');
  const value = text.slice(from, to);
  if (separator !== '=' && isProse(value)) return undefined;
  if (isCode(value)) return undefined;
  if (!masksOrPairs(kind, value, from, to, mark)) return undefined;
  return to;
}

function masksOrPairs(kind: NameKind, value: string, from: number, to: number, mark: Mark): boolean {
  if (kind === 'pairs') {
    for (const pair of value.slice(0, 8192).matchAll(/(?<==)[^,]+/g))
      mark(from + pair.index, from + pair.index + pair[0].length);
    return value !== '';
  }
  if (kind === 'address' && !/:\/\/|=|\$|@/.test(value) && value.length > 7 && !isPlainValue(value)) {
    mark(from, to);
    return true;
  }
  if (!masksValue(kind, value)) return false;
  mark(from, to);
  return true;
}

/** Only an indent, a list's dash or a quote before the name: a header, YAML, an ini file. */
function startsLine(text: string, from: number): boolean {
  let at = from;
  while (at > 0 && from - at < 64 && ' \t-*<>"\''.includes(text[at - 1] ?? '')) at--;
  return at === 0 || text[at - 1] === '\n' || text[at - 1] === '\r';
}

/** `arn:aws:secretsmanager:…:secret:prod/db`, `urn:ietf:params:oauth:token-type:…`. */
function isResourceName(text: string, from: number): boolean {
  return text[from - 1] === ':' && /(?:^|[^\w:])(?:arn|urn):[^\s"']*$/.test(text.slice(Math.max(0, from - 120), from));
}

function isProse(value: string): boolean {
  const word = /^[A-Za-z]+(?=[\s,.;]|$)/.exec(value.slice(0, 40))?.[0];
  return word !== undefined && PROSE.has(word.toLowerCase());
}

/** A call, or what only code begins with. */
function isCode(value: string): boolean {
  return /^(?:await |new |async |function\b|typeof |require\(|process\.env\b|[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*\()/.test(
    value.slice(0, 200),
  );
}

/** `<password>x</password>`. */
function markElement(text: string, name: Name, from: number, mark: Mark): number | undefined {
  if (!/[</:]/.test(text[name.from - 1] ?? '')) return undefined;
  const close = text.indexOf('<', from);
  const to = close === -1 ? text.length : close;
  if (!masksValue(name.kind, text.slice(from, to).trim())) return undefined;
  mark(from, to);
  return to;
}

/** A name and a value as two fields: `"name":"password","value":"x"`, `<add key="password" value="x"/>`, a form's part. */
const NAMED =
  /\b(?:name|key|header|field|param|id)\\*["']?\s{0,4}[=:]\s{0,4}\\*["']([\w.\-:]{1,100})\\*["'][,;]?\s{0,8}(?:\\*["']?(?:value|val|content|default|data)\\*["']?\s{0,4}[=:]\s{0,4}\\*["']((?:[^"'\\]|\\[^"'\\]){1,4096})|\r?\n\r?\n([^\r\n]{1,4096})|>([^<]{1,4096})<)/gi;
/** `<Password Type="text">x</Password>`. */
const ELEMENT = /<([\w:.-]{1,80})\s[^<>]{0,200}>([^<]{1,4096})</g;
/** `PASSWORD 'x'` of SQL, `password is "x"`, `password is x1`, and .netrc. */
const SPOKEN =
  /\b(password|passwd|passphrase|(?:secret|token|api key)(?= (?:is|was|set to) )|identified by|pwd|identified with \w{1,40} by)(?: (?:is|was|set to|for [\w@.-]{1,60}|of [\w@.-]{1,60}|to))?\s{1,4}(?:\\*["'`]([^"'`\\\n]{1,512})["'`\\]|(?<=(?:login|user|account)\s{1,4}[^\s]{1,128}\s{1,4}(?:password|passwd)\s{1,4})(\S{1,512})|(?<= (?:is|was|set to)\s{1,4})([^\s"'.]*\d[^\s"']*))/gi;
/** A literal after a literal name: `define('DB_PASSWORD', 'x')`, `setItem("token", "x")`. */
const ARGUMENTS = /\w\(\s{0,4}["'`]([\w.-]{2,100})["'`],\s{0,4}["'`]([^"'`\n]{1,512})["'`]/g;
/** A setter's or signer's literal: `setToken('x')`, `jwt.sign(payload, 'x')`, `createHmac('sha256', 'x')`. */
const CALLED =
  /\b(?:set\w{0,40}(?:password|token|secret|apikey)\w{0,20}\(|(?:jwt\.(?:sign|verify)|createHmac|createCipheriv|pbkdf2(?:Sync)?|scryptSync|auth|authenticate|login|bearer|cookieParser|Keygrip)\([^'"`()\n]{0,60}(?:["'`][^'"`()\n]{0,60}["'`],\s{0,4})?)["'`]([^'"`\n]{4,512})["'`]\s{0,4}[,)]/gi;

function markNamedValues(text: string, judge: JudgeName, mark: Mark): void {
  for (const match of text.matchAll(NAMED)) {
    const value = match[2] ?? match[3] ?? match[4] ?? '';
    if (!masksValue(judge(match[1] ?? ''), value)) continue;
    const from = match.index + match[0].lastIndexOf(value);
    mark(from, from + value.length);
  }
  for (const match of text.matchAll(ARGUMENTS)) {
    const [whole, name = '', value = ''] = match;
    const to = match.index + whole.length - 1;
    if (judge(value) === 'none' && masksValue(judge(name), value)) mark(to - value.length, to);
  }
  for (const match of text.matchAll(ELEMENT)) {
    const [whole, name = '', value = ''] = match;
    const to = match.index + whole.length - 1;
    if (masksValue(judge(name), value.trim())) mark(to - value.length, to);
  }
  for (const pattern of [SPOKEN, CALLED]) {
    for (const match of text.matchAll(pattern)) {
      const value = (pattern === CALLED ? match[1] : (match[2] ?? match[3] ?? match[4])) ?? '';
      if (value.length < 3 || isPlainValue(value) || isProse(value) || judge(value) !== 'none') continue;
      const from = match.index + match[0].lastIndexOf(value);
      mark(from, from + value.length);
    }
  }
}
