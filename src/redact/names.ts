import type { NameKind } from './kinds.js';
import { FOREIGN_KEYS, foldName, isForeignPassword } from './languages.js';
import * as WORDS from './words.js';

export type JudgeName = (name: string) => NameKind;

const LONGEST_NAME = 160;
const CACHED_NAMES = 4096;

/** Judges names. `secretNames` are those that the operator added: a part of a name is enough. */
export function createNameJudge(secretNames: readonly string[]): JudgeName {
  const parts = secretNames.map(squash).filter((part) => part !== '');
  const cache = new Map<string, NameKind>();
  return (name) => {
    const known = cache.get(name);
    if (known !== undefined) return known;
    const short = name.length > LONGEST_NAME ? name.slice(-LONGEST_NAME) : name;
    const squashed = squash(short);
    const kind = parts.some((part) => squashed.includes(part)) ? 'declared' : judge(short, squashed);
    if (short === name) {
      if (cache.size >= CACHED_NAMES) cache.clear();
      cache.set(name, kind);
    }
    return kind;
  };
}

/** `dbPassword_v2`, `DB-PASSWORD`, `HTTPAuthToken` and `apiToken2` as lower-case words without accents and numbers. */
function splitName(name: string): string[] {
  const words = foldName(name.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2'))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  while (words.length > 1 && /^v?\d+$/.test(words.at(-1) ?? '')) words.pop();
  return words.map((word) => (WORDS.QUALIFIERS.has(word) ? word : word.replace(/(?<=\p{L}{3})\d{1,4}$/u, '')));
}

const squash = (name: string): string => foldName(name).replace(/[^\p{L}\p{N}]+/gu, '');

/** Last parts of a dotted name that only say that the part before them has a value. */
const GENERIC_PART = /^(?:value|default|key|plain|text|data|current|raw|string|id|\d+|prod|dev|test)$/i;
/** Bundler's credentials for a host, its dots written as `__`: `BUNDLE_GEMS__EXAMPLE__COM`. */
const BUNDLER_HOST = /^BUNDLE_[A-Z0-9_]+__[A-Z]{2,6}$/;

function judge(whole: string, squashed: string): NameKind {
  if (squashed === '' || WORDS.PLAIN_NAMES.has(squashed)) return 'none';
  if (BUNDLER_HOST.test(whole)) return 'auth';
  const words = splitName(lastPart(whole));
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (last === 'pwd' && words.length === 1) return 'key';
  if (words.includes('otlp') && last === 'headers') return 'pairs';
  if (words.includes('webhook') && (words.length === 1 || /^(?:ur[li]s?|webhooks?|endpoint)$/.test(last)))
    return 'webhook';
  if (/^(?:dsn|conn(?:ection)?str(?:ing)?)$/.test(last) || /^conn(?:ection)? str(?:ing)?$/.test(`${before} ${last}`))
    return 'address';
  if (last === 'id' || last === 'ids') return judgeId(words);
  if (WORDS.HARMLESS_LAST.has(last)) return 'none';
  return judgeWords(words, last);
}

function lastPart(name: string): string {
  const parts = name.split('.').filter((part) => part !== '');
  const last = parts.at(-1) ?? name;
  const before = parts.at(-2);
  return before !== undefined && GENERIC_PART.test(last) ? `${before}_${last}` : last;
}

/** `sessionId` and Vault's `secret_id` are secrets, AWS' `secretId` is a name; `clientId`, `tokenId` are not secret. */
function judgeId(words: readonly string[]): NameKind {
  const before = words.at(-2) ?? '';
  if (before === 'session' || before === 'sess') {
    return words.some((word) => WORDS.PLAIN_SESSION_OWNERS.has(word)) ? 'none' : 'secret';
  }
  if (before === 'secret') return 'id';
  if (before === 'tax' || before === 'taxpayer') return 'digits';
  return before === 'key' && words.at(-3) === 'access' ? 'secret' : 'none';
}

function judgeWords(words: readonly string[], last: string): NameKind {
  let kind: NameKind = 'none';
  let end = words.length - 1;
  while (end > 0 && WORDS.QUALIFIERS.has(words[end] ?? '')) end--;
  for (let index = 0; index < words.length; index++) {
    const found = judgeWord(words[index] ?? '', words[index - 1] ?? '', index >= end);
    if (found === 'secret') return words.includes('cookie') && last === 'name' ? 'none' : 'secret';
    if (found !== 'none') kind = found;
  }
  if (isForeignPassword(words)) return 'secret';
  if (kind === 'weak' && words.includes('session') && words.some((word) => WORDS.PLAIN_SESSION_OWNERS.has(word)))
    return 'none';
  return kind;
}

/** Words that are secret wherever they stand in a name, joined to others or misspelt as people do. */
const SECRET_WORD =
  /pa?s{1,2}w(?:or|ro|r|o)?[dt](?!h)|passw$|passphrase|passcode|secret(?!ar)|scrt|[a-z](?:tokens?|tkns?)$|requirepass|.pwd$|^(?:db|root|admin|user|my|ldap|bind|smtp|mail|sql|pg)pw$|(?:seed|recovery|mnemonic|backup)(?:phrase|words)/;
const COMPOUND_KEY =
  /(?:api|access|secret|sec|private|priv|prv|pvt|signing|sign|encrypt|encryption|enc|decrypt|crypt|master|auth|ssh|shared|account|license|licence|signature|hmac|jwt|aes|rsa|tls|ssl|pgp|gpg|deploy|storage|webhook|wallet|stripe)keys?$/;
const NO_PASS = /(?:com|by|tres|sur|over|under|encom|ask|one|low|high|band|multi|single|first|second|all|pre)pass$/;
/** The two last words of a name that is secret. */
const SECRET_PAIRS =
  /^(?:(?:seed|recovery|pass|mnemonic|backup) (?:phrase|words?)|(?:auth|backup|recovery) codes?|code verifier|honeycomb team)$/;
/** The two last words of a name of digits. */
const DIGIT_PAIRS =
  /^(?:(?:verification|sms|mfa|totp|otp|fa|tfa|factor|time|login|signin|confirmation|security|pin|unlock|activation|reset|access|passcode|card) (?:code|pin)|(?:card|cc|creditcard|account|iban|passport|insurance|security|ssn|tax|pan) (?:number|num|no|nr)|credit card)$/;

function judgeWord(word: string, before: string, isLast: boolean): NameKind {
  if (/^tokens?$/.test(word) && WORDS.PLAIN_TOKEN_OWNERS.has(before)) return 'none';
  if (WORDS.SECRET_WORDS.has(word)) return isLast && /[^s]s$/.test(word) && word !== 'sas' ? 'secrets' : 'secret';
  if (/^creds?$|credential|keytab/.test(word)) return 'key';
  if (SECRET_WORD.test(word) || (/.pass$/.test(word) && !NO_PASS.test(word))) return 'secret';
  if (COMPOUND_KEY.test(word)) return 'key';
  if (SECRET_PAIRS.test(`${before} ${word}`)) return 'secret';
  if (word === 'key' || word === 'keys') return judgeKey(word, before, isLast);
  if ((word === 'cookie' || word === 'cookies') && isLast) return 'cookie';
  if (!isLast) return 'none';
  if (before === 'saml' && (word === 'response' || word === 'request')) return 'weak';
  if (WORDS.LAST_SECRET_WORDS.has(word)) return 'secret';
  if (WORDS.AUTH_WORDS.has(word) || /.auth$/.test(word) || `${before} ${word}` === 'http basic')
    return word === 'oauth' ? 'weak' : 'auth';
  if (WORDS.DIGIT_WORDS.has(word) || DIGIT_PAIRS.test(`${before} ${word}`)) return 'digits';
  if (word === 'words' || word === 'phrase') return 'phrase';
  return WORDS.WEAK_WORDS.has(word) || FOREIGN_KEYS.has(word) || /sessid$|sessionid$/.test(word) ? 'weak' : 'none';
}

function judgeKey(word: string, before: string, isLast: boolean): NameKind {
  if (WORDS.KEY_OWNERS.has(before)) return 'key';
  if (!isLast || WORDS.PLAIN_KEYS.has(before)) return 'none';
  if (before === '') return word === 'keys' ? 'chosen' : 'none';
  return 'weak';
}
