import type { Value, ValueMap } from '../report.js';
import type { JudgeName, NameKind } from './names.js';
import { looksChosen, looksLikeToken } from './values.js';

/** What is known of a map before one looks into it. */
export interface Outer {
  readonly kind: NameKind;
  readonly key: string;
}

/** Says what each key's value is: by the key, by the map's own name, by what stands beside it. */
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
/** The private members of a JSON web key (RFC 7518, 6). */
const JWK_MEMBERS = set('d p q dp dq qi oth k');
const COOKIE_OPTIONS = ['maxAge', 'httpOnly', 'secure', 'sameSite', 'originalMaxAge', 'expires'];
const SIGNED_COOKIE = ['httpOnly', 'sameSite', 'signed', 'overwrite', 'originalMaxAge'];

function kindOfKey(key: string, map: ValueMap, outer: Outer, judge: JudgeName): NameKind {
  if (typeof map.kty === 'string' && JWK_MEMBERS.has(key)) return 'secret';
  // Passwords by user: express-basic-auth and its kin.
  if (outer.kind === 'auth' && /^(?:users|accounts|logins)$/.test(key) && isMapOfStrings(map[key])) return 'secret';
  const kind = judge(key);
  if (kind === 'chosen' && signsCookies(map, outer)) return 'secret';
  // `{ user, key }` beside each other is a login; on its own `key` may be anything.
  if (kind === 'none' && key === 'key' && (outer.kind === 'auth' || 'cert' in map || 'passphrase' in map)) return 'key';
  return kind;
}

/** Whether `keys` are what cookies are signed with (Keygrip's), not names of something. */
function signsCookies(map: ValueMap, outer: Outer): boolean {
  return /cookie|session|keygrip|koa|sign/i.test(outer.key) || SIGNED_COOKIE.some((option) => option in map);
}

/** What a map's name says of the leaves in it: a secret's map is masked, the settings of a topic are judged by name. */
function inheritedKind(map: ValueMap, kind: NameKind): NameKind {
  if (kind === 'cookie') return COOKIE_OPTIONS.some((option) => option in map) ? 'weak' : 'cookie';
  return kind === 'auth' ? 'weak' : kind === 'address' || kind === 'webhook' || kind === 'pairs' ? 'none' : kind;
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

const ORDER: readonly NameKind[] = [
  'none',
  'chosen',
  'pairs',
  'webhook',
  'address',
  'digits',
  'weak',
  'id',
  'auth',
  'cookie',
  'key',
  'secrets',
  'secret',
  'declared',
];
const strongest = (a: NameKind, b: NameKind): NameKind => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b);
