import type { Mark } from './spans.js';
import { looksChosen, looksLikeToken } from './values.js';

const BASE64 = /(?<![\w+/-])[\w+/-]{16,65536}={0,2}(?![\w+/=-])/g;
const PERCENT = /[\w.~!*()+%-]{8,65536}/g;
/** A decoded text without any of these signs has no name beside a value, and no login: `"`, `/`, `:`, `=`, `@`, `[`, `{`, `%`, line feed. */
const TELLING = /%(?:22|2[Ff]|3[AaDd]|40|5[Bb]|7[Bb]|25|0[Aa])/;

/** Marks the whole of each run of base64 or percent-encoding whose text holds a secret. */
export function markEncoded(text: string, holdsSecret: (decoded: string) => boolean, mark: Mark): void {
  for (const { 0: run, index } of text.matchAll(BASE64)) {
    const decoded = decodeBase64(run);
    if (decoded !== undefined && (isLogin(decoded) || holdsSecret(decoded))) mark(index, index + run.length);
  }
  if (!TELLING.test(text)) return;
  for (const { 0: run, index } of text.matchAll(PERCENT)) {
    const decoded = TELLING.test(run) ? decodePercent(run.replaceAll('+', ' ')) : undefined;
    if (decoded !== undefined && holdsSecret(decoded)) mark(index, index + run.length);
  }
}

/** Undefined if the bytes are not text, as with nearly everything that only looks like base64. */
function decodeBase64(run: string): string | undefined {
  const decoded = Buffer.from(run, 'base64').toString('utf8');
  return /^[\0\t\n\r\x20-\x7e\u00a0-\ufffc]+$/.test(decoded) ? decoded : undefined;
}

/** Undefined if it is not percent-encoded. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `user:password`, and SASL's `\0user\0password`; `User:123` is the id of something. */
function isLogin(decoded: string): boolean {
  if (/^[^\0]{0,128}\0[^\0]{1,128}\0[^\0]{1,512}$/.test(decoded)) return true;
  const password = /^[\w.@+-]{1,128}:(\S{4,512})$/.exec(decoded)?.[1];
  return password !== undefined && (looksChosen(password) || looksLikeToken(password));
}
