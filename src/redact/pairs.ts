import type { TextMode } from './engine.js';
import { masksValue, type NameKind } from './kinds.js';
import { isHarmlessLiteral } from './literals.js';
import type { JudgeName } from './names.js';
import { markList, markLiterals } from './pair-lists.js';
import { type Name, nameBefore } from './pair-names.js';
import { createEnds, type Ends, type Quote, quoteAt, quotedEnd, schemeEnd } from './pair-values.js';
import type { Mark } from './spans.js';
import { isPlainValue, isProse, LONGEST_JUDGED } from './values.js';

/** `=`, `:`, `=>`, `===`, `:=`, `??`, `||=`, the `=` and `:` of an encoded query, XML's `>`, and the wide colon of Asian texts. */
const SEPARATOR = /=>|::?=|[=!]==?|\?\?=?|\|\|=?|[=:>：]|%3[DA]/gi;

/** Marks values that follow their names: `key=value`, `key: value`, JSON, YAML, XML, queries, headers, literals. */
export function markPairs(text: string, judge: JudgeName, mode: TextMode, mark: Mark): void {
  const ends = createEnds(text);
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
      done = markValue(text, { ...name, after, separator, ends }, mode, mark) ?? done;
    }
  }
}

interface Place extends Name {
  readonly after: number;
  readonly separator: string;
  readonly ends: Ends;
}

/** Marks one value; returns its end, at which the search continues; undefined if no value was marked. */
function markValue(text: string, place: Place, mode: TextMode, mark: Mark): number | undefined {
  let from = place.after;
  while (from < text.length && from - place.after < 64 && (text[from] === ' ' || text[from] === '\t')) from++;
  if (place.separator === ':') from += TYPED.exec(text.slice(from, from + 100))?.[0].length ?? 0;
  const quote = quoteAt(text, from);
  if (quote !== undefined) {
    if (comparesWords(text, place, quote) || closesLiteral(text, place, quote)) return undefined;
    return markQuoted(text, place, quote, mode, mark);
  }
  const wrapper =
    /^(?:Some|Just|Ok|String|Secret|SecretString|Optional|Buffer\.from|new \w{1,40})\(\s?(?=["'`\\])/.exec(
      text.slice(from, from + 60),
    );
  const inner = wrapper === null ? undefined : quoteAt(text, from + wrapper[0].length);
  if (inner !== undefined) return markQuoted(text, place, inner, mode, mark);
  const first = text[from];
  if (mode === 'code' && first === '[') return markLiterals(text, from, place.kind, mark);
  if (mode === 'code' || /^(?:\?\?|\|\||[^:]=)/.test(place.separator)) {
    return markCode(text, place.kind, from, mark);
  }
  if (first === '[' || first === '{') return markList(text, from, place.kind, mark);
  if (first === '\n' || first === '\r' || first === '|' || first === undefined) return undefined;
  return markUnquoted(text, place, from, mark);
}

/** TypeScript's type, and the new name of a default: `password: string = 'x'`, `{ password: pw = 'x' }`. */
const TYPED = /^[A-Za-z_$][\w$.<>[\], |]{0,60} = (?=["'`])/;

/** `'token: ' + id`: the quote after the name ends the literal that the name is in. */
function closesLiteral(text: string, { after, separator }: Place, quote: Quote): boolean {
  const end = after - separator.length;
  const opening = /(["'`])\w[\w \t.?&-]{0,80}$/.exec(text.slice(Math.max(0, end - 100), end))?.[1];
  return opening === quote.mark && /^\s{0,4}(?:[+),;\]}.?:|&]|$)/.test(text.slice(quote.from, quote.from + 8));
}

/** `token === 'EOF'`: a parser's. */
function comparesWords(text: string, { from, after, separator }: Place, quote: Quote): boolean {
  if (!/^[=!]==?$/.test(separator) || !/\btokens?\W{0,4}$/i.test(text.slice(from, after - separator.length)))
    return false;
  return /^[A-Za-z_]{1,20}["'`]/.test(text.slice(quote.from, quote.from + 24));
}

function markQuoted(text: string, place: Place, quote: Quote, mode: TextMode, mark: Mark): number | undefined {
  const to = quotedEnd(text, quote);
  const value = text.slice(quote.from, to);
  const name = text.slice(place.from, place.after - place.separator.length);
  if (mode === 'code' && isHarmlessLiteral(name, value)) return undefined;
  return markSecret(value, place.kind, quote.from, mark) ? to : undefined;
}

/** In code, digits are the only literal without quotes. */
function markCode(text: string, kind: NameKind, from: number, mark: Mark): undefined {
  const digits = /^\d{4,}\b(?!\.\d)/.exec(text.slice(from, from + 40))?.[0];
  if (digits !== undefined && (kind === 'secret' || kind === 'digits' || kind === 'declared'))
    mark(from, from + digits.length);
}

function markUnquoted(text: string, place: Place, from: number, mark: Mark): number | undefined {
  const { kind, separator, ends } = place;
  const isEncoded = separator.startsWith('%');
  const scheme = schemeEnd(text, from, ends, isEncoded);
  if (scheme !== undefined && kind !== 'weak') {
    mark(scheme.from, scheme.to);
    return scheme.to;
  }
  const line = startsLine(text, place.from);
  let to = ends.unquoted(from, isEncoded);
  if (separator === ':' && place.after === from) {
    if (isResourceName(text, place.from)) return undefined;
    if (/^\d{1,5}(?::\d+)?$/.test(text.slice(from, to)) && kind !== 'digits') return undefined;
    if (text[from] === '/' && text[from + 1] === '/') return undefined;
  }
  if (kind === 'cookie') to = ends.line(from, !line && separator !== ':');
  else if (line && place.after !== from && (separator === ':' || separator === '=')) to = ends.line(from, false);
  const value = text.slice(from, to);
  if (separator !== '=' && isProse(value)) return undefined;
  if (isTestCount(text.slice(place.from, place.after), value)) return undefined;
  if (isCode(value)) return undefined;
  return markSecret(value, kind, from, mark) ? to : undefined;
}

/** Marks the value at a place, or its parts, as its kind says. Returns false if it is not secret. */
function markSecret(value: string, kind: NameKind, from: number, mark: Mark): boolean {
  if (kind === 'pairs') {
    for (const pair of value.slice(0, 8192).matchAll(/(?<==)[^,]+/g))
      mark(from + pair.index, from + pair.index + pair[0].length);
    return value !== '';
  }
  const isOpaque =
    kind === 'address' &&
    !/:\/\/|=|\$|@/.test(value.slice(0, LONGEST_JUDGED)) &&
    value.length > 7 &&
    !isPlainValue(value);
  if (!isOpaque && !masksValue(kind, value)) return false;
  mark(from, from + value.length);
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

/** `pass: 10, fail: 2` of a test run. */
function isTestCount(name: string, value: string): boolean {
  return /^pass\W/i.test(name) && /^\d{1,5}(?![^\s,;)])/.test(value);
}

/** A call, or a text that begins as only code does. */
function isCode(value: string): boolean {
  return /^(?:await |new |async |function\b|typeof |require\(|process\.env\b|[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*\()/.test(
    value.slice(0, 200),
  );
}

const CDATA = '<![CDATA[';

/** `<password>x</password>`, and its value as character data. */
function markElement(text: string, name: Name, after: number, mark: Mark): number | undefined {
  if (!/[</:]/.test(text[name.from - 1] ?? '')) return undefined;
  const isData = text.startsWith(CDATA, after);
  const from = isData ? after + CDATA.length : after;
  const close = text.indexOf(isData ? ']]>' : '<', from);
  const to = close === -1 ? text.length : close;
  if (!isData && close !== -1 && text[close + 1] !== '/' && text[close + 1] !== '!') return undefined;
  const value = text.slice(from, to).trim();
  // `--token <token>  of the registry`: a placeholder in the help of a command.
  if (!isData && close === -1 && /\s/.test(value.slice(0, LONGEST_JUDGED))) return undefined;
  if (!masksValue(name.kind, value)) return undefined;
  mark(from, to);
  return to;
}
