import type { JudgeName } from './names.js';
import type { Mark } from './spans.js';
import { looksLikeToken } from './values.js';

/** Marks the credentials in URLs, and the URLs that are secrets by themselves from where they become it. */
export function markUrls(text: string, judge: JudgeName, mark: Mark): void {
  for (let at = text.indexOf('://'); at !== -1; ) {
    const next = text.indexOf('://', at + 3);
    const end = urlEnd(text, at + 3, next === -1 ? text.length : next);
    markUserinfo(text, at + 3, end, mark);
    at = next;
  }
  if (text.includes(':') || text.includes('\t')) markFileLines(text, mark);
  if (text.includes('@')) markBareCredentials(text, mark);
  if (text.includes('/')) {
    markCapabilityUrls(text, mark);
    markSecretSegments(text, judge, mark);
  }
}

const LONGEST_AUTHORITY = 2048;

function urlEnd(text: string, from: number, limit: number): number {
  const bound = Math.min(limit, from + LONGEST_AUTHORITY);
  for (let at = from; at < bound; at++) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 34 || code === 39 || code === 60 || code === 62 || code === 96) return at;
  }
  return bound;
}

/** `user:password@`, where the password may hold `/`, `#` and `@` that no one encoded; or a token alone. */
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
  if (looksLikeToken(user) || /^[0-9a-f]{20,}$/i.test(user)) mark(from, from + user.length);
  if (
    colon !== -1 &&
    colon + 1 < userinfo.length &&
    !/^(?:x-oauth-basic|\*+|\$\{.*\})$/.test(userinfo.slice(colon + 1))
  ) {
    mark(from + colon + 1, from + at);
  }
}

/** Without a scheme, so asking for more: Go's `user:password@tcp(host)`, a proxy's `user:password@host:3128`. */
const BARE =
  /(?<![\w.:/@-])([\w.+-]{1,64}):([^\s:@/'"`<>]{2,128})@(?:(?:tcp|tcp4|tcp6|unix)\(|(?:[a-z0-9-]{1,63}\.){0,6}[a-z][a-z0-9-]{0,63}:\d{2,5}\b|\d{1,3}(?:\.\d{1,3}){3}|localhost\b)/gi;
const NO_USER = /^(?:https?|mailto|sips?|xmpp|acct|npm|workspace|file|link|git|ssh|pkg|user|from|to|cc|email)$/i;

/** Lines of password files: `.pgpass`, a cookie jar as curl writes it, curl's own settings. */
const FILE_LINES = [
  /^[\w.*-]{1,255}:(?:\d{2,5}|\*):[\w*-]{1,63}:[\w.*-]{1,63}:(\S{3,256})$/gm,
  /^\S{1,255}\t(?:TRUE|FALSE)\t\/\S{0,255}\t(?:TRUE|FALSE)\t\d{1,15}\t[^\t\n]{1,255}\t(\S{8,4096})$/gm,
  /^\s{0,8}(?:proxy-)?user\s{0,4}[=:]\s{0,4}"[^":\n]{1,64}:([^"\n]{3,256})"/gm,
];

function markFileLines(text: string, mark: Mark): void {
  for (const pattern of FILE_LINES) {
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? '';
      const from = match.index + match[0].lastIndexOf(value);
      mark(from, from + value.length);
    }
  }
}

/** Oracle's `user/password@`. */
const ORACLE = /jdbc:oracle:[a-z0-9]{1,8}:[^/\s"'@]{1,64}\/([^\s"'@]{1,128})@/gi;

function markBareCredentials(text: string, mark: Mark): void {
  for (const match of text.matchAll(ORACLE)) {
    const to = match.index + match[0].length - 1;
    mark(to - (match[1] ?? '').length, to);
  }
  for (const match of text.matchAll(BARE)) {
    const [, user = '', password = ''] = match;
    if (NO_USER.test(user)) continue;
    const from = match.index + user.length + 1;
    mark(from, from + password.length);
  }
}

/** Who knows the address may post: the parts after what is common to all of them. */
const CAPABILITY =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/|[\w.-]{1,80}\.webhook\.office\.com\/|webhook\.office\.com\/|hooks\.zapier\.com\/hooks\/catch\/|api\.telegram\.org\/(?:file\/)?bot|chat\.googleapis\.com\/v1\/spaces\/|outlook\.office\.com\/webhook\/|hooks\.(?:\w{1,20}\.)?make\.com\/|maker\.ifttt\.com\/trigger\/\w{1,60}\/with\/key\/|events\.pagerduty\.com\/integration\/|hc-ping\.com\/|oapi\.dingtalk\.com\/robot\/send\?|open\.feishu\.cn\/open-apis\/bot\/v2\/hook\/|open\.larksuite\.com\/open-apis\/bot\/v2\/hook\/|in\.logtail\.com\/|[\w.-]{1,80}\.logic\.azure\.com[^\s"'?]{0,400}\?|alchemy\.com\/v2\/|infura\.io\/v3\/|quiknode\.pro\/|ntfy\.sh\/|[\w.-]{1,80}\.m\.pipedream\.net\/|api\.pushcut\.io\/|gotify\.[\w.-]{1,80}\/message\?)([^\s"'<>`?\\]{6,})/gi;

function markCapabilityUrls(text: string, mark: Mark): void {
  if (
    !text.includes('.') ||
    !/hook|bot|alchemy|infura|quiknode|ifttt|ping\.com|pagerduty|logtail|ntfy|pipedream|logic\.azure|pushcut/i.test(
      text,
    )
  )
    return;
  for (const match of text.matchAll(CAPABILITY)) {
    const [whole, common = ''] = match;
    mark(match.index + common.length, match.index + whole.length);
  }
}

const SEGMENTS = /\/([\w-]{4,40})(?=\/([\w.~%-]{16,512}))/g;
/** Pages for those who got the link by mail. */
const LINK = /reset|verif|confirm|activat|invit|magic|unlock|recover/i;

/** What follows such a page in a path, when it looks like a token: `/reset-password/x`. */
function markSecretSegments(text: string, judge: JudgeName, mark: Mark): void {
  for (const match of text.matchAll(SEGMENTS)) {
    const [whole, page = '', value = ''] = match;
    if (!looksLikeToken(value) || !(LINK.test(page) || judge(page) !== 'none')) continue;
    const from = match.index + whole.length + 1;
    mark(from, from + value.length);
  }
}

/** Where the secret part of an address under a name such as `webhookUrl` begins; after the host. */
export function addressSecretStart(url: string): number {
  const match = /^[a-z][a-z0-9+.-]{0,30}:\/\/[^/?#]{1,255}\//i.exec(url);
  return match === null ? -1 : match[0].length;
}
