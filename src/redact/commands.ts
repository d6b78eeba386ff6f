import type { JudgeName } from './names.js';
import { isPlainValue, masksValue } from './values.js';

/** One argument, and how to mark a part of it. */
export interface Word {
  readonly text: string;
  readonly mark: (from: number, to: number) => void;
}

interface Tool {
  /** Flags whose next word is the secret, or the rest of their own word. */
  readonly secret?: readonly string[];
  /** Flags whose value is `user:password`, or with another separator. */
  readonly login?: readonly string[];
  readonly separator?: string;
  /** The secret is the n-th argument that is no flag, counted from 1, after this word where it is given. */
  readonly positional?: { readonly after?: string; readonly at: number };
  /** `-pSECRET`: in one word only, where `-p SECRET` asks for it; or never. */
  readonly glued?: 'only' | 'never';
  /** Its flags mean this only after this word. */
  readonly only?: string;
}

const MYSQL: Tool = { secret: ['-p'], glued: 'only' };
const MONGO: Tool = { secret: ['-p'] };
const CURL: Tool = { login: ['-u', '--user', '-U', '--proxy-user'], separator: ':' };
const LOGIN: Tool = { secret: ['-p'], only: 'login' };
const LDAP: Tool = { secret: ['-w'] };
const ARCHIVE: Tool = { secret: ['-p'], glued: 'only' };

/** Tools whose flags do not say by their name what they take. */
const TOOLS: { readonly [tool: string]: Tool } = {
  mysql: MYSQL,
  mysqldump: MYSQL,
  mysqladmin: MYSQL,
  mysqlimport: MYSQL,
  mysqlcheck: MYSQL,
  mariadb: MYSQL,
  'mariadb-dump': MYSQL,
  'mariadb-admin': MYSQL,
  mongo: MONGO,
  mongosh: MONGO,
  mongodump: MONGO,
  mongorestore: MONGO,
  mongoexport: MONGO,
  cqlsh: MONGO,
  sshpass: { secret: ['-p'] },
  docker: LOGIN,
  podman: LOGIN,
  nerdctl: LOGIN,
  az: LOGIN,
  oc: LOGIN,
  helm: LOGIN,
  ipmitool: { secret: ['-P'] },
  sqlcmd: { secret: ['-P'] },
  bcp: { secret: ['-P'] },
  isql: { secret: ['-P'] },
  mosquitto_pub: { secret: ['-P'] },
  mosquitto_sub: { secret: ['-P'] },
  zip: { secret: ['-P'] },
  unzip: { secret: ['-P'] },
  '7z': ARCHIVE,
  '7za': ARCHIVE,
  rar: ARCHIVE,
  unrar: ARCHIVE,
  'redis-cli': { secret: ['-a'] },
  'redis-benchmark': { secret: ['-a'] },
  ldapsearch: LDAP,
  ldapadd: LDAP,
  ldapmodify: LDAP,
  ldapwhoami: LDAP,
  ldapdelete: LDAP,
  snmpget: { secret: ['-A', '-X', '-c'] },
  snmpwalk: { secret: ['-A', '-X', '-c'] },
  openssl: { secret: ['-k', '-K'], glued: 'never' },
  xfreerdp: { secret: ['/p:'], glued: 'only' },
  curl: CURL,
  wget: CURL,
  http: { login: ['-a', '--auth'], separator: ':' },
  https: { login: ['-a', '--auth'], separator: ':' },
  ab: { login: ['-A', '-P'], separator: ':' },
  smbclient: { login: ['-U', '--user'], separator: '%' },
  rpcclient: { login: ['-U', '--user'], separator: '%' },
  lftp: { login: ['-u', '--user'], separator: ',' },
  sqlplus: { positional: { at: 1 }, separator: '/' },
  htpasswd: { positional: { at: 3 } },
  rabbitmqctl: { positional: { at: 3 } },
  etcdctl: { login: ['--user'], separator: ':' },
  ngrok: { positional: { after: 'authtoken', at: 1 } },
};

/** Marks secrets among arguments: `--password x`, `-pX` of known tools, `curl -u user:x`, `config set name x`. */
export function markArguments(words: readonly Word[], judge: JudgeName): void {
  let tool: Tool | undefined;
  let toolAt = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    if (/^(?:\||\|\||&&|;|--)$/.test(word.text)) tool = undefined;
    const named = tool === undefined ? toolNamed(word.text) : undefined;
    if (named !== undefined) {
      tool = named;
      toolAt = index;
      if (named.positional !== undefined) markPositional(words, toolAt, named);
      continue;
    }
    const next = words[index + 1];
    const applies = tool?.only === undefined || words.slice(toolAt + 1, index).some(({ text }) => text === tool?.only);
    if (tool !== undefined && applies && markToolFlag(tool, word, next)) continue;
    if (tool?.only === undefined || !/^--user$/.test(word.text)) markFlag(word, next, words[index + 2], judge);
  }
}

function toolNamed(text: string): Tool | undefined {
  if (text.length > 200) return undefined;
  const name = text.slice(text.lastIndexOf('/') + 1).replace(/^["']+|["']+$/g, '');
  return Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
}

function markToolFlag(tool: Tool, word: Word, next: Word | undefined): boolean {
  for (const flag of tool.secret ?? []) {
    if (word.text === flag && tool.glued !== 'only') return markAll(next);
    if (
      tool.glued !== 'never' &&
      word.text.startsWith(flag) &&
      word.text.length > flag.length &&
      !word.text.startsWith('--')
    ) {
      if (/^-[a-z]{2,}-|^-port=|^-\w+=/.test(word.text)) continue;
      word.mark(flag.length, word.text.length);
      return true;
    }
  }
  for (const flag of tool.login ?? []) {
    if (word.text === flag) return markAfter(next, tool.separator ?? ':', 0);
    if (flag.startsWith('--') ? word.text.startsWith(`${flag}=`) : word.text.startsWith(flag)) {
      return markAfter(word, tool.separator ?? ':', flag.length);
    }
  }
  return false;
}

function markAll(word: Word | undefined): boolean {
  if (word === undefined || word.text.startsWith('--') || isPlainValue(word.text)) return false;
  word.mark(0, word.text.length);
  return true;
}

/** What follows the first separator: the password of `user:password`; all of it when there is no user. */
function markAfter(word: Word | undefined, separator: string, from: number): boolean {
  const at = word?.text.indexOf(separator, from) ?? -1;
  if (word === undefined || at === -1 || at + 1 >= word.text.length) return false;
  const rest = word.text.slice(at + 1);
  const end = separator === '/' && rest.includes('@') ? at + 1 + rest.lastIndexOf('@') : word.text.length;
  word.mark(at + 1, end);
  return true;
}

function markPositional(words: readonly Word[], toolAt: number, tool: Tool): void {
  const { after = '', at = 0 } = tool.positional ?? {};
  let count = 0;
  let found = after === '';
  for (const word of words.slice(toolAt + 1, toolAt + 12)) {
    if (!found) found = word.text === after || word.text === `add-${after}`;
    else if (!word.text.startsWith('-') && ++count === at) {
      if (tool.separator !== undefined) markAfter(word, tool.separator, 0);
      else if (at !== 3 || isAccountCommand(words, toolAt)) markAll(word);
      return;
    }
  }
}

/** Only these commands of rabbitmqctl and htpasswd have a password in third place. */
function isAccountCommand(words: readonly Word[], toolAt: number): boolean {
  const next = words[toolAt + 1]?.text ?? '';
  return /^-\w*b\w*$|^(?:add_user|change_password|authenticate_user)$/.test(next);
}

function markFlag(word: Word, next: Word | undefined, third: Word | undefined, judge: JudgeName): void {
  const text = word.text;
  if (next === undefined || text.length > 200) return;
  if (/^(?:-pass(?:in|out)?|--passin)$/.test(text) && next.text.startsWith('pass:'))
    return void next.mark(5, next.text.length);
  if (/^--(?:user|userpass|proxy-user|login|credentials?)$/.test(text) && /^[\w.@-]+:(?!\d+$)/.test(next.text)) {
    markAfter(next, ':', 0);
    return;
  }
  if (/^["']?--?[A-Za-z][\w.-]*$/.test(text)) {
    const kind = judge(text.replace(/^["']?-+/, ''));
    if (kind === 'none' || /^--?[A-Za-z]/.test(next.text)) return;
    if (masksValue(kind === 'weak' && text.startsWith('--') ? 'weak' : kind, next.text)) next.mark(0, next.text.length);
    return;
  }
  if (/^(?:set|put|config|add)$/.test(text) && third !== undefined) {
    const kind = judge(next.text.slice(next.text.lastIndexOf(':') + 1));
    if (masksValue(kind, third.text)) third.mark(0, third.text.length);
  }
  if (/^requirepass|^masterauth$|^AUTH$/.test(text)) markAll(next);
}

/** `--from-literal=any=SECRET` and its kin: whatever the name. */
export function literalStart(text: string): number {
  const match = /^--(?:from-literal|build-arg-secret)=[^=]{1,200}=/.exec(text.slice(0, 240));
  return match === null ? -1 : match[0].length;
}

/** The words of a command line, in quotes or not; quotes are not part of a word that is wholly in them. */
export function splitCommand(line: string, mark: (from: number, to: number) => void): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    while (at < line.length && (line[at] ?? '') <= ' ') at++;
    let from = at;
    let quote = '';
    while (at < line.length && (quote !== '' || (line[at] ?? '') > ' ')) {
      const char = line[at] ?? '';
      if (quote === '' && (char === '"' || char === "'") && (at === from || line[at - 1] === '=')) quote = char;
      else if (char === quote) quote = '';
      at++;
    }
    if (at === from) break;
    let to = at;
    if (/^["']/.test(line[from] ?? '') && line[to - 1] === line[from] && to - from > 2) {
      from++;
      to--;
    }
    const start = from;
    words.push({ text: line.slice(from, to), mark: (a, b) => mark(start + a, start + b) });
  }
  return words;
}
