import type { NameKind } from './names.js';
import { AUTH_VALUES, COMMON_VALUES, PLAIN_VALUES, PROSE } from './words.js';

export const MASK = '***';
/** Characters of a value that its look is judged by: a report may hold megabytes of them. */
export const LONGEST_JUDGED = 512;

/** Whether a value under a name of this kind is masked as a whole. */
export function masksValue(kind: NameKind, value: string): boolean {
  if (kind === 'none' || kind === 'address' || kind === 'webhook' || kind === 'pairs' || value === '') return false;
  if (kind === 'declared') return value !== MASK;
  if (isPlainValue(value)) return false;
  if (kind === 'secret' || kind === 'cookie') return true;
  if (kind === 'secrets') return !/^[\d.,]{1,9}$/.test(value.trim());
  if (kind === 'key') return !looksLikePath(value);
  if (kind === 'digits') return /^\d{3,12}$/.test(value.trim());
  if (kind === 'auth')
    return !AUTH_VALUES.has(value.slice(0, 64).toLowerCase()) && !isSentence(value) && !looksLikePath(value);
  if (kind === 'chosen') return looksChosen(value);
  if (kind === 'id') return looksLikeToken(value) || UUID.test(value.trim());
  return looksLikeToken(value) || looksChosen(value);
}

/** Whether a number under a name of this kind is one: a PIN, not a count. */
export function masksNumber(kind: NameKind, value: number): boolean {
  if (kind === 'declared') return true;
  if (kind === 'digits') return Math.abs(value) >= 100;
  return (kind === 'secret' || kind === 'key') && Math.abs(value) >= 1000;
}

/** Nothing there, a placeholder, or a reference to where the value comes from. */
export function isPlainValue(value: string): boolean {
  const text = value.length > 200 ? '' : value.trim().toLowerCase();
  if (text === '') return value.trim() === '';
  if (PLAIN_VALUES.has(text) || /^[*•.xX]+$/.test(text) || text.includes(MASK)) return true;
  return (
    /^(?:\$\{[^{}]*\}|\$\(\w+\)|\{\{[^{}]*\}\}|%\w+%|%[sdoj]|<(?!buffer )[a-z][\w .-]*>)$/.test(text) ||
    /^(?:\$\d{1,3}|\?|:[a-z_]+|@p\d{1,3})$/.test(text) ||
    /^\$[A-Z_][A-Z0-9_]*$/.test(value.trim()) ||
    /^\[(?:function|class|array|object|circular|getter|asyncfunction|symbol|map|set|redacted)[^[\]]*\]$/.test(text) ||
    /^(?:bearer|basic|token)?\s*\$\{[^{}]*\}$/.test(text) ||
    /^process\.env\.\w+$/.test(text) ||
    /^(?:env|vault|ref|secretref|op|arn|valuefrom):/.test(text)
  );
}

/** Words and spaces, no digit: how people write, not how tokens look. */
function isSentence(value: string): boolean {
  return /^[A-Za-z][A-Za-z'’]*(?:[,:]? [A-Za-z'’]+)+[.!?]?$/.test(value.slice(0, 200));
}

/** How a sentence goes on after a name: `password: must be longer`. */
export function isProse(value: string): boolean {
  const word = /^[A-Za-z]+(?=[,.;]?(?:\s|$))/.exec(value.slice(0, 40))?.[0];
  return word !== undefined && PROSE.has(word.toLowerCase());
}

/** A file's place; base64 may start with a slash as well, so the segments have to look like names. */
function looksLikePath(value: string): boolean {
  const text = value.trim();
  if (text.length > 1024 || !/^(?:file:\/\/|\.{0,2}\/|~\/|[A-Za-z]:[\\/])/.test(text)) {
    return /^[\w@./-]{1,200}\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|env|conf)$/.test(text);
  }
  return !/[+=]/.test(text) && text.split(/[\\/]/).every((segment) => segment.length <= 64 && !looksRandom(segment));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What people make up when they are asked for a password: letters of both cases, digits and a sign, in one word. */
export function looksChosen(value: string): boolean {
  const text = value.trim();
  if (text.length < 8 || text.length > 64 || /[\s/\\:<>()[\]{}|]|\w@\w+\./.test(text)) return false;
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && /[!#$%^&*~?@]/.test(text);
}

/** Long, and no one would have chosen it: what keys, session ids and signatures look like. */
export function looksLikeToken(value: string): boolean {
  const text = value.trim().slice(0, LONGEST_JUDGED);
  if (text.length < 16 || /\s/.test(text) || UUID.test(text)) return false;
  if (text.includes('://') || /^(?:\.{0,2}|~)\//.test(text)) return false;
  return text.split(/[-_.:/,;|%]/).some((part) => looksRandom(part));
}

function looksRandom(part: string): boolean {
  if (part.length < 12 || !/[A-Za-z]/.test(part)) return false;
  if (!/\d/.test(part)) return (part.match(/[a-z][A-Z]/g)?.length ?? 0) > part.length * 0.3;
  if (/^[0-9a-f]+$/i.test(part)) return part.length >= 16;
  const turns = part.match(/[a-z][A-Z0-9]|[A-Z][0-9]|[0-9][A-Za-z]/g)?.length ?? 0;
  return turns >= 3;
}

/** Whether a masked value is distinct enough to be hunted down in the rest of the report. */
export function isDistinct(value: string): boolean {
  if (value.length < 5 || value.includes(MASK) || COMMON_VALUES.has(value.toLowerCase())) return false;
  if (/^[\d.,:+-]*$/.test(value)) return value.replace(/\D/g, '').length >= 6;
  if (/^[A-Za-z]+$/.test(value)) return value.length >= 6 && !AUTH_VALUES.has(value.toLowerCase());
  return true;
}
