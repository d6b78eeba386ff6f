import { AUTH_VALUES, COMMON_VALUES, PLAIN_VALUES, PROSE } from './words.js';

export const MASK = '***';
/** How many characters of a value are judged: a report may hold megabytes of them. */
export const LONGEST_JUDGED = 512;

/** Digits of a PIN, of a one-time code or of an account, with the signs people put between them. */
export function hasDigits(value: string): boolean {
  const text = value.trim();
  return (
    /^[A-Z0-9](?:[ +-]{0,2}[A-Z0-9]){2,36}$/.test(text) &&
    text.replace(/\D/g, '').length >= Math.max(3, text.length / 3)
  );
}

const AMOUNT = '\\d{1,9}(?:[.,]\\d{1,6}){0,3}[kM]?%?';
const GAP = '(?:[\\s;:=()]|,(?!\\d)){1,3}';
const COUNTED =
  '(?:used|left|remaining|available|in|out|per|and|max|total|input|output|prompt|completion|cached|loaded|expired|active|invalid|valid|revoked|issued|checked|found|(?:[a-z]{1,20}_)?tokens?|secrets?|passwords?|s|sec|second|min|minute)(?![\\w-])';
const COUNT = new RegExp(
  `^~?${AMOUNT}(?:\\s?(?:/|of)\\s?${AMOUNT})?(?:${GAP}(?:${AMOUNT}${GAP})?${COUNTED}(?:[:=]\\s?${AMOUNT})?){0,8}[\\s,;.)]{0,4}$`,
);

/** A number of things: `MAX_TOKENS=4,096`, `tokens: 12 / 4000 used`. */
export const isCount = (value: string): boolean => COUNT.test(value.slice(0, LONGEST_JUDGED).trim());

export const isAuthWord = (value: string): boolean => AUTH_VALUES.has(value.slice(0, 64).trim().toLowerCase());

/** An empty value, a placeholder, or a reference to the source of the value. */
export function isPlainValue(value: string): boolean {
  const text = value.length > 200 ? '' : value.trim().toLowerCase();
  if (text === '') return value.trim() === '';
  if (PLAIN_VALUES.has(text) || /^[*•.xX]+$/.test(text) || text.includes(MASK)) return true;
  return (
    /^(?:\$\{[^{}]*\}|\$\(\w+\)|\$?\{\{[^{}]*\}\}|%\w+%|%[sdoj]|<(?!buffer )[a-z][\w .-]*>)$/.test(text) ||
    /^(?:\$\d{1,3}|\?|:[a-z_]+|@p\d{1,3})$/.test(text) ||
    /^\$[A-Z_][A-Z0-9_]*$/.test(value.trim()) ||
    /^\[(?:function|class|array|object|circular|getter|asyncfunction|symbol|map|set|redacted)[^[\]]*\]$/.test(text) ||
    /^(?:bearer|basic|token)?\s*\$\{[^{}]*\}$/.test(text) ||
    /^process\.env\.\w+$/.test(text) ||
    // A package's version: `"cookie": "^0.7.2"`.
    /^[\^~v]?\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(text) ||
    /^(?:env|vault|ref|secretref|op|arn|valuefrom):/.test(text)
  );
}

/** A bracket, a picture: no secret is so short. */
export const isSign = (value: string): boolean => value.length <= 8 && /^[^\p{L}\p{N}]{1,3}$/u.test(value);

/** Words and spaces, no digit: a sentence, not a token. */
export function isSentence(value: string): boolean {
  return /^[A-Za-z][A-Za-z'’]*(?:[,:]? [A-Za-z'’]+)+[.!?]?$/.test(value.slice(0, 200));
}

/** A scheme and a credential: `Bearer x`. */
export function isSchemed(value: string): boolean {
  const word = /^(?:bearer|basic|token|digest|apikey)\s+(\S+)$/i.exec(value.slice(0, LONGEST_JUDGED).trim())?.[1];
  return word !== undefined && !isPlainValue(word) && !isAuthWord(word) && !isProse(word);
}

/** A recovery phrase: 12 to 24 short words, as BIP 39 has them. */
export const isPhrase = (value: string): boolean =>
  /^(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8}$/.test(value.slice(0, 300));

/** Words that sentences are made of, and that no recovery phrase has. */
const OF_SENTENCES =
  /(?<![a-z])(?:the|and|for|are|was|were|has|have|had|not|but|with|from|into|its|our|your|been|does|did)(?![a-z])/i;

/** A recovery phrase whose name may mean something else: BIP 39 allows five lengths. */
export function isRecoveryPhrase(value: string): boolean {
  const words = value.slice(0, 300).match(/[a-z]+/g) ?? [];
  const plain = words.join(' ');
  return words.length % 3 === 0 && isPhrase(plain) && !OF_SENTENCES.test(plain);
}

/** How a sentence goes on after a name: `password: must be longer`. */
export function isProse(value: string): boolean {
  const word = /^[A-Za-z]+(?=[,.;]?(?:\s|$))/.exec(value.slice(0, 40))?.[0];
  return word !== undefined && PROSE.has(word.toLowerCase());
}

/** A file's place; base64 may start with a slash as well, so the segments have to look like names. */
export function looksLikePath(value: string): boolean {
  const text = value.trim();
  if (text.length > 1024 || !/^(?:file:\/\/|\.{0,2}\/|~\/|[A-Za-z]:[\\/])/.test(text)) {
    return /^[\w@./-]{1,200}\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|env|conf)$/.test(text);
  }
  return !/[+=]/.test(text) && text.split(/[\\/]/).every((segment) => segment.length <= 64 && !looksRandom(segment));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const isUuid = (value: string): boolean => UUID.test(value.trim());

/** A password as people choose it: letters of both cases, digits and a sign, in one word. */
export function looksChosen(value: string): boolean {
  const text = value.trim();
  if (text.length < 8 || text.length > 64 || /[\s/\\:<>()[\]{}|]|\w@\w+\./.test(text)) return false;
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && /[!#$%^&*~?@]/.test(text);
}

/** Long and random: keys, session ids and signatures look like this. */
export function looksLikeToken(value: string): boolean {
  const text = value.trim().slice(0, LONGEST_JUDGED);
  if (text.length < 16 || /\s/.test(text) || UUID.test(text)) return false;
  if (text.includes('://') || /^(?:\.{0,2}|~)\//.test(text)) return false;
  return text.split(/[-_.:/,;|%]/).some((part) => looksRandom(part));
}

export function looksRandom(part: string): boolean {
  if (part.length < 12 || !/[A-Za-z]/.test(part) || /^(.)\1+$/.test(part)) return false;
  if (!/\d/.test(part)) return (part.match(/[a-z][A-Z]/g)?.length ?? 0) > part.length * 0.3;
  if (/^[0-9a-f]+$/i.test(part)) return part.length >= 16;
  const turns = part.match(/[a-z][A-Z0-9]|[A-Z][0-9]|[0-9][A-Za-z]/g)?.length ?? 0;
  return turns >= 3;
}

/** Whether a masked value is distinct enough to be searched for in the rest of the report. */
export function isDistinct(value: string): boolean {
  if (value.length < 5 || value.includes(MASK) || COMMON_VALUES.has(value.toLowerCase())) return false;
  if (/^[\d.,:+-]*$/.test(value)) return value.replace(/\D/g, '').length >= 6;
  if (/^[A-Za-z]+$/.test(value)) return value.length >= 6 && !AUTH_VALUES.has(value.toLowerCase());
  return true;
}

/** The password in the base64 of `user:password`. */
export function basicPassword(value: string): string | undefined {
  if (value.length > 4096 || !/^[A-Za-z0-9+/_-]{4,}={0,2}$/.test(value)) return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon >= 0 && /^[\x20-\x7e\u00a0-\uffef]+$/.test(decoded) && !decoded.includes('\ufffd')
    ? decoded.slice(colon + 1)
    : undefined;
}
