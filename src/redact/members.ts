import type { Value, ValueMap } from '../report.js';
import { markArguments } from './commands.js';
import { isContainer, masksValue, type NameKind, nestedKind, strongest } from './kinds.js';
import type { JudgeName } from './names.js';
import { looksChosen, looksLikeToken } from './values.js';
import { JWK_MEMBERS } from './words.js';

/** The kind and the name of a map itself. */
export interface Outer {
  readonly kind: NameKind;
  readonly key: string;
}

/** Judges each key's value: by the key, by the map's own name, and by the other keys. */
export function judgeKeys(map: ValueMap, outer: Outer, judge: JudgeName): (key: string) => NameKind {
  if (isLexerToken(map, outer)) return () => 'none';
  const inherited = inheritedKind(map, outer.kind);
  const named = kindOfNamed(map, judge);
  return (key) => {
    const own = kindOfKey(key, map, outer, judge);
    const kind = inherited === 'declared' ? 'declared' : own !== 'none' ? strongest(own, inherited) : inherited;
    return kind === 'none' && named !== 'none' && VALUE_KEYS.has(key) ? named : kind;
  };
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const NAME_KEYS = [...set('name key Name Key header field param option k id label property variable env')];
const VALUE_KEYS = set('value val v Value content default data current text values defaultValue');
const COOKIE_OPTIONS = ['maxAge', 'httpOnly', 'secure', 'sameSite', 'originalMaxAge', 'expires'];
const SIGNED_COOKIE = ['httpOnly', 'sameSite', 'signed', 'overwrite', 'originalMaxAge'];

function kindOfKey(key: string, map: ValueMap, outer: Outer, judge: JudgeName): NameKind {
  if (typeof map.kty === 'string' && JWK_MEMBERS.has(key)) return 'secret';
  // Passwords by user, as express-basic-auth has them.
  if (outer.kind === 'auth' && /^(?:users|accounts|logins)$/.test(key) && isMapOfStrings(map[key])) return 'secret';
  // Kubernetes' secrets, and a command of Redis or a mail server that logs in.
  if (map.kind === 'Secret' && /^(?:data|stringData)$/.test(key)) return 'secret';
  if (/^arg(?:ument)?s$/.test(key) && [map.name, map.command].some(logsIn)) return 'secret';
  const kind = judge(key);
  // The words of a wallet's recovery phrase; on their own `words` may be anything.
  if (kind === 'phrase' && Array.isArray(map[key]) && /wallet|mnemonic|seed|recover|backup/i.test(outer.key))
    return 'secret';
  if (kind === 'chosen' && signsCookies(map, outer)) return 'secret';
  // `{ user, key }` beside each other is a login; on its own `key` may be anything.
  if (kind === 'none' && key === 'key' && (outer.kind === 'auth' || 'cert' in map || 'passphrase' in map)) return 'key';
  return kind;
}

const logsIn = (command: Value | undefined): boolean =>
  typeof command === 'string' && /^(?:auth|hello|login|pass)$/i.test(command);

/** The variables of a GraphQL document that are handed on under a secret name: `login(password: $p)`. */
export function secretVariables({ query }: ValueMap, judge: JudgeName): ReadonlySet<string> {
  if (typeof query !== 'string' || !query.includes('$')) return new Set();
  const uses = [...query.slice(0, 65_536).matchAll(/(\w{1,100}):\s{0,4}\$(\w{1,100})/g)];
  return new Set(uses.flatMap(([, name = '', variable = '']) => (isContainer(judge(name)) ? [variable] : [])));
}

/** Whether `keys` sign cookies (Keygrip's), rather than name something. */
function signsCookies(map: ValueMap, outer: Outer): boolean {
  return /cookie|session|keygrip|koa|sign/i.test(outer.key) || SIGNED_COOKIE.some((option) => option in map);
}

/** The kind that a map's name gives its leaves: a secret's map is masked, the settings of a topic are judged by name. */
function inheritedKind(map: ValueMap, kind: NameKind): NameKind {
  return kind === 'cookie' && COOKIE_OPTIONS.some((option) => option in map) ? 'weak' : nestedKind(kind);
}

/** A parser's token: `{ type: 'punctuator', value: '{', start: 3 }`. */
function isLexerToken({ type, value }: ValueMap, { kind, key }: Outer): boolean {
  if ((kind !== 'secret' && kind !== 'secrets') || !/^(?:\w{1,40}T|t)okens?$/.test(key)) return false;
  if (typeof type !== 'string' || !/^[A-Za-z_-]{1,24}$/.test(type)) return false;
  if (/bearer|basic|access|refresh|api|personal|jwt|oauth|auth|secret|passw|csrf|session|id$/i.test(type)) return false;
  return typeof value === 'string' && value.length < 40 && !looksLikeToken(value) && !looksChosen(value);
}

/** The kind of `value` in `{ name: 'password', value: 'x' }`. */
function kindOfNamed(map: ValueMap, judge: JudgeName): NameKind {
  for (const key of NAME_KEYS) {
    const name = map[key];
    if (typeof name === 'string' && name.length <= 100) {
      const kind = judge(name);
      if (kind !== 'none') return kind;
    }
  }
  return 'none';
}

const isMapOfStrings = (value: Value | undefined): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === 'string');

/**
 * Finds the secrets among arguments, and among names and values in turn as in `rawHeaders`. Returns where the secret starts,
 * by the index of its item.
 */
export function markStrings(list: readonly string[], judge: JudgeName): Map<number, number> {
  const spans = new Map<number, number>();
  const words = list.map((text, index) => ({
    text,
    mark: (from: number, to: number) => void (to === text.length && spans.set(index, from)),
  }));
  if (list.length > 2 || list.some((item) => item.startsWith('-') || item.startsWith('/p:')))
    markArguments(words, judge);
  if (list.length % 2 === 0 && !areNames(list)) {
    for (let index = 0; index < list.length; index += 2) {
      const name = list[index] ?? '';
      if (!/^[A-Za-z][\w.-]{1,80}$/.test(name)) continue;
      const value = list[index + 1] ?? '';
      if (/^[A-Za-z_]+$/.test(value) && judge(value) !== 'none') continue;
      if (masksValue(judge(name), value)) spans.set(index + 1, 0);
    }
  }
  return spans;
}

/** The kind of an entry such as `['password', 12345]`, in a list of entries. */
export function namedPair(item: Value, judge: JudgeName): NameKind | undefined {
  if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== 'string' || typeof item[1] === 'string')
    return undefined;
  const kind = judge(item[0]);
  return kind === 'none' || typeof item[1] === 'object' ? undefined : kind;
}

/** Names alone, not names and values: `['password', 'token']`. */
function areNames(list: readonly string[]): boolean {
  return list.length > 2 && list.every((item) => /^[a-z_.*[\]]+(?:[A-Z][a-z]+)*$/.test(item));
}

/** The bytes of a Buffer as JSON writes it, or under a secret name a list that can be nothing else. */
export function bytesOf(value: Value, kind: NameKind): Buffer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, data } = value as ValueMap;
  const bytes = type === 'Buffer' ? data : isContainer(kind) && kind !== 'secrets' ? value : undefined;
  if (!Array.isArray(bytes) || bytes.length < 4 || !bytes.every(isByte)) return undefined;
  return Buffer.from(bytes);
}

const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256;
