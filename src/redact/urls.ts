import type { Mark } from './spans.js';
import { looksLikeToken } from './values.js';

/** Older clients of Redis, which has no users, put the password alone before the host. */
const REDIS = /\bredis(?:s|[+-][a-z]{2,12})?:[\\/]+$/i;
/** Also with the backslashes before its slashes that PHP's JSON has. */
const START = /:\\{0,4}\/\\{0,4}\//g;

/** Marks the credentials in URLs. */
export function markUrls(text: string, mark: Mark): void {
  let from: number | undefined;
  for (const { index, 0: start } of text.matchAll(START)) {
    if (from !== undefined) markUserinfo(text, from, urlEnd(text, from, index), mark);
    from = index + start.length;
  }
  if (from !== undefined) markUserinfo(text, from, urlEnd(text, from, text.length), mark);
}

const LONGEST_AUTHORITY = 2048;

function urlEnd(text: string, from: number, limit: number): number {
  const bound = Math.min(limit, from + LONGEST_AUTHORITY);
  for (let at = from; at < bound; at++) {
    const code = text.charCodeAt(at);
    if (code <= 32) return at;
    if (code === 34 || code === 39 || code === 60 || code === 62 || code === 96)
      return isInPassword(text, from, at) ? urlEnd(text, at + 1, Math.min(limit, at + 256)) : at;
  }
  return bound;
}

/** A sign that ends a URL elsewhere, before the `@` of its password: `postgres://app:it's@db`. */
function isInPassword(text: string, from: number, at: number): boolean {
  return (
    /^[^/?#@:]{0,128}:(?!\d{1,5}$)[^/?#@]{0,128}$/.test(text.slice(from, at)) &&
    /^[^\s"'`<>@,;:/(){}[\]]{1,128}@[\w[]/.test(text.slice(at + 1, at + 140))
  );
}

/** Marks `user:password@`, whose password may hold `/`, `#` and `@` without encoding; or a token alone. */
function markUserinfo(text: string, from: number, end: number, mark: Mark): void {
  const url = text.slice(from, end);
  const path = url.search(/[/?#]/);
  const authority = path === -1 ? url : url.slice(0, path);
  let at = authority.lastIndexOf('@');
  if (at === -1) {
    const colon = authority.indexOf(':');
    if (colon === -1 || authority.startsWith('[') || /^:\d{1,5}$/.test(authority.slice(colon))) return;
    at = url.lastIndexOf('@');
    if (at === -1 || at < colon || !/^@[\w.[-]/.test(url.slice(at))) return;
  }
  const userinfo = url.slice(0, at);
  const colon = userinfo.indexOf(':');
  const user = colon === -1 ? userinfo : userinfo.slice(0, colon);
  const isPassword = colon === -1 && REDIS.test(text.slice(Math.max(0, from - 24), from));
  if (isPassword || looksLikeToken(user) || /^[0-9a-f]{20,}$/i.test(user)) mark(from, from + user.length);
  if (
    colon !== -1 &&
    colon + 1 < userinfo.length &&
    !/^(?:x-oauth-basic|redacted|\*+|\$\{.*\})$/i.test(userinfo.slice(colon + 1))
  ) {
    mark(from + colon + 1, from + at);
  }
}

/** The start of the secret part of an address under a name such as `webhookUrl`, after the host; -1 if there is no such part. */
export function addressSecretStart(url: string): number {
  const match = /^[a-z][a-z0-9+.-]{0,30}:\/\/[^/?#]{1,255}\//i.exec(url);
  return match === null ? -1 : match[0].length;
}
