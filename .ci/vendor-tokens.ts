/**
 * Makes src/redact/vendor-tokens.ts from the rules of gitleaks: node .ci/vendor-tokens.ts gitleaks.toml (Node 24).
 * Takes the rules whose token begins with a fixed text; the others need entropy or a name beside them.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

export const SOURCE = 'https://github.com/gitleaks/gitleaks, config/gitleaks.toml';
export const COMMIT = 'b58d3f102cf3a2c84cb7f923d05c25c9b1aed84b';
const SHA256 = 'e163e53b9e7e8a8511e77271e2b323ed057759542a6d988258afe3a1fa329caf';

/** Public keys; forms with a prefix that ordinary words have, too; and rules for a whole line, which the other tables know. */
const LEFT_OUT = new Set([
  ...['flutterwave-public-key', 'lob-pub-api-key', 'mailgun-pub-key', 'lob-api-key', 'gocardless-api-token', 'jwt'],
  ...['private-key', 'curl-auth-header', 'curl-auth-user', 'kubernetes-secret-yaml', 'nuget-config-password'],
  ...['sidekiq-sensitive-url', 'microsoft-teams-webhook', 'gitlab-session-cookie'],
]);
const SHORTEST_PREFIX = 3;
/** Characters of the part that varies that are enough after a prefix that ends in a sign such as `_`. */
const ENOUGH = 16;
/** Stands for "or more": what is bounded is matched in linear time. */
const LONGEST = 512;

/** Ends the part of a rule that asks for the vendor's name before the token. */
const AFTER_NAME = `[\\x60'"\\s=]{0,5}(`;

export interface VendorToken {
  readonly prefixes: readonly string[];
  /** The pattern of the rest. */
  readonly rest: string;
}

/** The tokens of the rules in a text of gitleaks' configuration, those with the same rest in one. */
export function readVendorTokens(toml: string): readonly VendorToken[] {
  const prefixesByRest = new Map<string, Set<string>>();
  for (const [, id = '', body = ''] of toml.matchAll(
    /\[\[rules\]\]\nid = "([^"]+)"\n((?:(?!\[\[rules\]\]\n)[^\n]*\n)*)/g,
  )) {
    const pattern = /^regex = '''(.*)'''$/m.exec(body)?.[1];
    if (pattern === undefined || LEFT_OUT.has(id)) continue;
    for (const { prefix, rest } of splitPrefixes(toJavaScript(tokenOf(pattern)))) {
      if (prefix.length < SHORTEST_PREFIX || rest === '') continue;
      const open = openEnd(rest, /[\W_]$/.test(prefix) && !pattern.includes(AFTER_NAME));
      prefixesByRest.set(open, (prefixesByRest.get(open) ?? new Set()).add(prefix));
    }
  }
  return [...prefixesByRest].map(([rest, prefixes]) => ({ prefixes: [...prefixes], rest }));
}

/** The part of a rule's pattern that is the token: without the name before it and the signs around it. */
function tokenOf(pattern: string): string {
  const named = pattern.indexOf(AFTER_NAME);
  const insensitive = pattern.startsWith('(?i)') ? '(?i)' : '';
  const token = named === -1 ? pattern : insensitive + pattern.slice(named + AFTER_NAME.length - 1);
  const end = /\(\?:(?:\[\\x60'"\\s;\]\|\\\\\[nr\]\|\$(?:\|\\b)?|\[\^[^\]]+\]\|\\z)\)$|\\b$/;
  return token.replace(end, '').replace(/^(\(\?i\))?\\b/, '$1');
}

/** From RE2 to JavaScript: no captures, no flags within; a class that ignores case has both. */
function toJavaScript(pattern: string): string {
  let made = '';
  let insensitive = false;
  const outer: boolean[] = [];
  const parts =
    /\(\?(-?)i\)|\(\?(-?)i:|\(\?(?:P<\w+>|:)|\(|\)|\[(?:\[:\w+:\]|\\.|[^\]\\])+\]|\\.|\{(\d+),\}|[*+]|[\s\S]/g;
  for (const [part, unset, unsetInside, least] of pattern.matchAll(parts)) {
    if (unset !== undefined) insensitive = unset === '';
    else if (part.startsWith('(')) {
      outer.push(insensitive);
      if (unsetInside !== undefined) insensitive = unsetInside === '';
      made += '(?:';
    } else if (part === ')') {
      insensitive = outer.pop() ?? false;
      made += part;
    } else if (part.startsWith('[')) made += toClass(part, insensitive);
    else if (least !== undefined) made += `{${least},${LONGEST}}`;
    else if (part === '+' || part === '*') made += `{${part === '+' ? 1 : 0},${LONGEST}}`;
    else if (part !== '\\b') made += part;
  }
  return made;
}

function toClass(part: string, insensitive: boolean): string {
  const plain = part
    .replace('[:alnum:]', 'A-Za-z0-9')
    .replaceAll('\\-', '-')
    .replace(/(.)-(?=.+\]$)(?![a-zA-Z0-9])/, '$1\\-');
  if (!insensitive) return plain;
  const other = [...plain.matchAll(/([a-z]-[a-z])|([A-Z]-[A-Z])/g)].map(([range]) =>
    range === range.toLowerCase() ? range.toUpperCase() : range.toLowerCase(),
  );
  return `[${other.filter((range) => !plain.includes(range)).join('')}${plain.slice(1)}`;
}

interface Split {
  readonly prefix: string;
  readonly rest: string;
}

/** The fixed texts that a pattern begins with, and what follows each. */
function splitPrefixes(pattern: string): readonly Split[] {
  const branches = alternatives(pattern);
  if (branches.length > 1) return branches.flatMap(splitPrefixes);
  if (pattern.startsWith('(?:')) {
    const end = closing(pattern);
    const rest = pattern.slice(end + 1);
    if (/^[?*{]/.test(rest)) return [{ prefix: '', rest: pattern }];
    return alternatives(pattern.slice(3, end)).flatMap((branch) => splitPrefixes(branch + rest));
  }
  const choice = /^\[([A-Za-z]{1,4})\](?![{?*])/.exec(pattern);
  if (choice !== null)
    return [...(choice[1] ?? '')].flatMap((sign) => splitPrefixes(sign + pattern.slice(choice[0].length)));
  const sign = /^(?:\\([^\w\s])|([\w~:\-/ "<]))(?![{?*])/.exec(pattern);
  if (sign === null) return [{ prefix: '', rest: pattern }];
  return splitPrefixes(pattern.slice(sign[0].length)).map(({ prefix, rest }) => ({
    prefix: `${sign[1] ?? sign[2]}${prefix}`,
    rest,
  }));
}

function alternatives(pattern: string): readonly string[] {
  const branches = [''];
  let depth = 0;
  for (const [part] of pattern.matchAll(/\[(?:\\.|[^\]\\])+\]|\\.|[\s\S]/g)) {
    depth += part === '(' ? 1 : part === ')' ? -1 : 0;
    if (part === '|' && depth === 0) branches.push('');
    else branches.push(`${branches.pop()}${part}`);
  }
  return branches;
}

function closing(pattern: string): number {
  let depth = 0;
  for (const part of pattern.matchAll(/\[(?:\\.|[^\]\\])+\]|\\.|[\s\S]/g)) {
    depth += part[0] === '(' ? 1 : part[0] === ')' ? -1 : 0;
    if (depth === 0) return part.index;
  }
  return pattern.length;
}

/** A token that is longer than the rule says goes as a whole, and one that was cut off as far as it is there. */
function openEnd(rest: string, isMarked: boolean): string {
  const end = /(?<!=|\[=\])\{(\d+)(?:,\d+)?\}(\)*(?:(?:=|\[=\])\{0,\d\})?)$/;
  return rest.replace(
    end,
    (_, length: string, close: string) =>
      `{${isMarked ? Math.min(Number(length), ENOUGH) : length},${LONGEST}}${close}`,
  );
}

/** The module that redaction reads. */
export function writeVendorTokens(tokens: readonly VendorToken[]): string {
  const rows = tokens.map(({ prefixes, rest }) => `  [${quote(prefixes.join(' '))}, ${quote(rest)}],\n`);
  return `/**
 * Made by .ci/vendor-tokens.ts; not to be edited. Tokens of vendors: what they begin with, and the pattern of the rest.
 * Source: ${SOURCE}
 * at ${COMMIT}. MIT licence, Copyright (c) 2019 Zachary Rice.
 */
export const VENDOR_TOKENS: readonly (readonly [prefixes: string, rest: string])[] = [
${rows.join('')}];
`;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const [, script, path] = process.argv;
if (path !== undefined && script?.endsWith('vendor-tokens.ts') === true) {
  const toml = readFileSync(path);
  const sum = createHash('sha256').update(toml).digest('hex');
  if (sum !== SHA256) throw new Error(`expected the file of commit ${COMMIT} (SHA-256 ${SHA256}), got ${sum}`);
  writeFileSync(
    new URL('../src/redact/vendor-tokens.ts', import.meta.url),
    writeVendorTokens(readVendorTokens(toml.toString())),
  );
}
