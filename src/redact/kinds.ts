import { isCardNumber } from './numbers.js';
import {
  hasDigits,
  isAuthWord,
  isCount,
  isPhrase,
  isPlainValue,
  isRecoveryPhrase,
  isSchemed,
  isSentence,
  isSign,
  isUuid,
  looksChosen,
  looksLikePath,
  looksLikeToken,
  MASK,
} from './values.js';

/** The kind of value that a name announces. */
export type NameKind = keyof typeof KINDS;

interface Kind {
  /** Whether the value of such a name is masked as a whole; not called for plain values such as `null`. */
  readonly masks: (value: string) => boolean;
  /** The smallest number, by its amount, that is masked under such a name. */
  readonly leastNumber: number;
  /** The kind of the values in a map or list of such a name. */
  readonly nested: string;
  /** Whether the secret may be a list, a block of lines or bytes under such a name. */
  readonly container: boolean;
}

/** The numbers of cards have 14 digits or more, and no brand begins with 1. */
const SMALLEST_CARD = 2e13;
const NEVER = Number.POSITIVE_INFINITY;
const looksSecret = (value: string): boolean => looksLikeToken(value) || looksChosen(value) || isPhrase(value);
const never = (): boolean => false;
const always = (): boolean => true;

/** From the weakest to the strongest: if two apply, the later one counts. */
const KINDS = {
  none: { masks: never, leastNumber: NEVER, nested: 'none', container: false },
  /** Masked if the value looks like a password and like nothing else. */
  chosen: { masks: looksChosen, leastNumber: NEVER, nested: 'chosen', container: false },
  /** Masked if the value is a recovery phrase; a list of words is another thing. */
  phrase: { masks: isRecoveryPhrase, leastNumber: NEVER, nested: 'none', container: false },
  /** A list of headers: `OTEL_EXPORTER_OTLP_HEADERS`. */
  pairs: { masks: never, leastNumber: NEVER, nested: 'none', container: false },
  /** An address that is a secret itself. */
  webhook: { masks: never, leastNumber: NEVER, nested: 'none', container: false },
  /** A connection string: its credentials go, and all of it if it has no known form. */
  address: { masks: never, leastNumber: NEVER, nested: 'none', container: false },
  /** A PIN, a one-time code, the number of a card, an account or a person: masked if the value is one. */
  digits: { masks: hasDigits, leastNumber: 100, nested: 'digits', container: false },
  /** Masked if the value looks like a token or a password. */
  weak: { masks: looksSecret, leastNumber: NEVER, nested: 'weak', container: false },
  /** Masked if the value looks like a random id. */
  id: { masks: (value) => looksLikeToken(value) || isUuid(value), leastNumber: NEVER, nested: 'id', container: false },
  /** As secret, but `basic` or a sentence stays; a map or list is judged by the names in it. */
  auth: {
    masks: (value) => isSchemed(value) || (!isAuthWord(value) && !isSentence(value) && !looksLikePath(value)),
    leastNumber: NEVER,
    nested: 'weak',
    container: false,
  },
  /** A cookie header, or cookies by name. */
  cookie: { masks: always, leastNumber: NEVER, nested: 'cookie', container: false },
  /** As secret, but a path to a key file stays readable. */
  key: { masks: (value) => !looksLikePath(value), leastNumber: 1000, nested: 'key', container: true },
  /** As secret, but a bare number counts them: `MAX_TOKENS=4096`. */
  secrets: { masks: (value) => !isCount(value), leastNumber: NEVER, nested: 'secrets', container: true },
  /** Masked, unless the value is a plain one such as `null`. */
  secret: { masks: always, leastNumber: 1000, nested: 'secret', container: true },
  /** The application or the operator says that it is secret: everything goes. */
  declared: { masks: always, leastNumber: 0, nested: 'declared', container: true },
} as const satisfies { readonly [kind: string]: Kind };

const RANKS = Object.keys(KINDS) as readonly NameKind[];

/** Whether a value under a name of this kind is masked as a whole. */
export function masksValue(kind: NameKind, value: string): boolean {
  if (kind === 'none' || value === '') return false;
  if (kind === 'declared') return value !== MASK;
  return !isPlainValue(value) && !isSign(value) && KINDS[kind].masks(value);
}

/** Whether a number is masked: by its name, or because it is the number of a payment card. */
export function masksNumber(kind: NameKind, value: number): boolean {
  return Math.abs(value) >= KINDS[kind].leastNumber || (value >= SMALLEST_CARD && isCardNumber(String(value)));
}

export const isContainer = (kind: NameKind): boolean => KINDS[kind].container;
export const nestedKind = (kind: NameKind): NameKind => KINDS[kind].nested;
export const strongest = (a: NameKind, b: NameKind): NameKind => (RANKS.indexOf(a) >= RANKS.indexOf(b) ? a : b);
