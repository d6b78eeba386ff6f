import {
  AUTH_WORDS,
  DIGIT_WORDS,
  HARMLESS_LAST,
  KEY_OWNERS,
  LAST_SECRET_WORDS,
  PLAIN_KEYS,
  PLAIN_NAMES,
  PLAIN_SESSION_OWNERS,
  PLAIN_TOKEN_OWNERS,
  QUALIFIERS,
  SECRET_WORDS,
  WEAK_WORDS,
} from './words.js';

/**
 * What a name says of its value.
 * - `declared`: the application or the operator says it is secret; everything goes
 * - `secret`: masked, unless the value says that there is nothing
 * - `secrets`: as secret, but a bare number counts them: `MAX_TOKENS=4096`
 * - `key`: as secret, but a path to a key file stays readable
 * - `auth`: as secret, but `basic` or a sentence stays; a container is judged by the names in it
 * - `weak`: masked where the value looks like a token or a password
 * - `id`: masked where the value looks like an id that no one chose
 * - `chosen`: masked where the value looks like a password and like nothing else
 * - `digits`: masked where the value is digits
 * - `cookie`: a cookie header, or cookies by name
 * - `address`: a DSN or connection string: its credentials go, and all of it when it has no known form
 * - `webhook`: an address that is itself the secret
 * - `pairs`: a list of headers, `OTEL_EXPORTER_OTLP_HEADERS`
 */
export type NameKind =
  | 'none'
  | 'declared'
  | 'secret'
  | 'secrets'
  | 'key'
  | 'auth'
  | 'weak'
  | 'id'
  | 'chosen'
  | 'digits'
  | 'cookie'
  | 'address'
  | 'webhook'
  | 'pairs';

export type JudgeName = (name: string) => NameKind;

const LONGEST_NAME = 160;
const CACHED_NAMES = 4096;

/** Judges names, with those the operator added: a part of a name is enough. */
export function createNameJudge(secretNames: readonly string[]): JudgeName {
  const parts = secretNames.map(squash).filter((part) => part !== '');
  const cache = new Map<string, NameKind>();
  return (name) => {
    const known = cache.get(name);
    if (known !== undefined) return known;
    const short = name.length > LONGEST_NAME ? name.slice(-LONGEST_NAME) : name;
    const squashed = squash(short);
    const kind = parts.some((part) => squashed.includes(part)) ? 'declared' : judge(short, squashed);
    if (cache.size >= CACHED_NAMES) cache.clear();
    cache.set(name, kind);
    return kind;
  };
}

/** `dbPassword_v2`, `DB-PASSWORD` and `HTTPAuthToken` as lower-case words. */
export function splitName(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const squash = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/** Last parts of a dotted name that only say that what stands before them has a value. */
const GENERIC_PART = /^(?:value|default|key|plain|text|data|current|raw|string|id|\d+|prod|dev|test)$/i;

/** Bundler's credentials for a host, its dots written as `__`: `BUNDLE_GEMS__EXAMPLE__COM`. */
const BUNDLER_HOST = /^BUNDLE_[A-Z0-9_]+__[A-Z]{2,6}$/;

function judge(whole: string, squashed: string): NameKind {
  if (squashed === '' || PLAIN_NAMES.has(squashed)) return 'none';
  if (BUNDLER_HOST.test(whole)) return 'auth';
  const words = splitName(lastPart(whole));
  while (words.length > 1 && /^v?\d+$/.test(words.at(-1) ?? '')) words.pop();
  const last = words.at(-1) ?? '';
  if (last === 'pwd' && words.length === 1) return 'key';
  if (words.includes('otlp') && last === 'headers') return 'pairs';
  if (words.includes('webhook') && (words.length === 1 || /^(?:ur[li]s?|webhooks?|endpoint)$/.test(last)))
    return 'webhook';
  if (isAddress(words)) return 'address';
  if (last === 'id' || last === 'ids') return judgeId(words);
  if (HARMLESS_LAST.has(last)) return 'none';
  return judgeWords(words, last);
}

function lastPart(name: string): string {
  const parts = name.split('.').filter((part) => part !== '');
  const last = parts.at(-1) ?? name;
  const before = parts.at(-2);
  return before !== undefined && GENERIC_PART.test(last) ? `${before}_${last}` : last;
}

function isAddress(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  if (last === 'dsn' || last === 'connectionstring' || last === 'connstr' || last === 'connstring') return true;
  const before = words.at(-2) ?? '';
  return (before === 'connection' || before === 'conn') && (last === 'string' || last === 'str');
}

/** `sessionId` and Vault's `secret_id` are secrets, AWS' `secretId` is a name; `clientId`, `tokenId` are not secret. */
function judgeId(words: readonly string[]): NameKind {
  const before = words.at(-2) ?? '';
  if (before === 'session' || before === 'sess') {
    return words.some((word) => PLAIN_SESSION_OWNERS.has(word)) ? 'none' : 'secret';
  }
  if (before === 'secret') return 'id';
  return before === 'key' && words.at(-3) === 'access' ? 'secret' : 'none';
}

function judgeWords(words: readonly string[], last: string): NameKind {
  let kind: NameKind = 'none';
  let end = words.length - 1;
  while (end > 0 && QUALIFIERS.has(words[end] ?? '')) end--;
  for (let index = 0; index < words.length; index++) {
    const found = judgeWord(words[index] ?? '', words[index - 1] ?? '', index >= end);
    if (found === 'secret') return words.some((word) => word === 'cookie') && last === 'name' ? 'none' : 'secret';
    if (found !== 'none') kind = found;
  }
  if (kind === 'weak' && words.some((word) => PLAIN_SESSION_OWNERS.has(word)) && words.includes('session'))
    return 'none';
  return kind;
}

const COMPOUND_KEY =
  /(?:api|access|secret|private|signing|encrypt|encryption|master|auth|ssh|shared|account|license|signature|hmac)keys?$/;
const NO_PASS = /(?:com|by|tres|sur|over|under|encom|ask|one|low|high|band|multi|single|first|second|all|pre)pass$/;

function judgeWord(word: string, before: string, isLast: boolean): NameKind {
  if (/^tokens?$/.test(word) && PLAIN_TOKEN_OWNERS.has(before)) return 'none';
  if (SECRET_WORDS.has(word)) return isLast && /[^s]s$/.test(word) && word !== 'sas' ? 'secrets' : 'secret';
  if (word === 'cred' || word === 'creds' || word.includes('credential')) return 'key';
  if (/passw(?:or)?d|passphrase|passcode|secret(?!ar)|[a-z]tokens?$|requirepass/.test(word)) return 'secret';
  if (COMPOUND_KEY.test(word)) return 'key';
  if (word === 'pwd') return 'secret';
  if (/.pwd$/.test(word) || (/.pass$/.test(word) && !NO_PASS.test(word))) return 'secret';
  if (/^(?:db|root|admin|user|my|ldap|bind|smtp|mail|sql|pg)pw$/.test(word)) return 'secret';
  if ((word === 'phrase' || word === 'words') && (before === 'seed' || before === 'recovery' || before === 'pass')) {
    return 'secret';
  }
  if (word === 'word' && before === 'pass') return 'secret';
  if (word === 'code' && (before === 'auth' || before === 'backup' || before === 'recovery')) return 'secret';
  if (word === 'codes' && (before === 'backup' || before === 'recovery')) return 'secret';
  if (word === 'verifier' && before === 'code') return 'secret';
  if (before === 'saml' && isLast && (word === 'response' || word === 'request')) return 'weak';
  if (word === 'team' && before === 'honeycomb') return 'secret';
  if (word === 'key' || word === 'keys') return judgeKey(word, before, isLast);
  if (word === 'dockerconfigjson' || word === 'dockercfg' || word === 'netrc' || word === 'htpasswd') return 'secret';
  if ((word === 'cookie' || word === 'cookies') && isLast) return 'cookie';
  if (!isLast) return 'none';
  if (LAST_SECRET_WORDS.has(word)) return 'secret';
  if (AUTH_WORDS.has(word) || /.auth$/.test(word)) return word === 'oauth' ? 'weak' : 'auth';
  if (DIGIT_WORDS.has(word)) return 'digits';
  return WEAK_WORDS.has(word) || /sessid$|sessionid$/.test(word) ? 'weak' : 'none';
}

function judgeKey(word: string, before: string, isLast: boolean): NameKind {
  if (KEY_OWNERS.has(before)) return 'key';
  if (!isLast || PLAIN_KEYS.has(before)) return 'none';
  if (before === '') return word === 'keys' ? 'chosen' : 'none';
  return 'weak';
}
