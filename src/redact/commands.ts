import { masksValue } from './kinds.js';
import type { JudgeName } from './names.js';
import { type Tool, toolNamed } from './tools.js';
import { isAuthWord, isPlainValue, looksChosen, looksLikeToken } from './values.js';

/** One argument, and how to mark a part of it. */
export interface Word {
  readonly text: string;
  readonly mark: (from: number, to: number) => void;
}

/** Separates two commands of a line. */
const SEPARATOR = /^(?:\||\|\||&&|;|--)$/;

/** Marks secrets among arguments: `--password x`, `-pX` of known tools, `-u user:x`, `config set name x`. */
export function markArguments(words: readonly Word[], judge: JudgeName): void {
  let from = 0;
  for (let to = 0; to <= words.length; to++) {
    if (to < words.length && !SEPARATOR.test(words[to]?.text ?? '')) continue;
    markCommand(words.slice(from, to), judge);
    from = to + 1;
  }
}

function markCommand(words: readonly Word[], judge: JudgeName): void {
  let tool: Tool | undefined;
  let applies = false;
  const hasUser = !words.some(({ text }) => toolNamed(text)?.anonymous === true) && namesUser(words);
  const hasOtherW = words.some(({ text }) => OTHER_W.test(text));
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    const found = tool === undefined || tool.anonymous === true ? toolNamed(word.text) : undefined;
    if (found !== undefined) {
      tool = found;
      applies = found.only === undefined && found.assigned === undefined;
      if (found.positional !== undefined) markPositional(words, index, found);
      continue;
    }
    const next = words[index + 1];
    if (tool !== undefined && applies && markToolWord(tool, word, next)) continue;
    applies ||= tool !== undefined && (word.text === tool.only || word.text === tool.assigned);
    if (tool?.anonymous !== true && markLogin(word, next)) continue;
    if (hasUser && tool?.secret === undefined && markPassword(word, next)) continue;
    if (tool?.secret === undefined && markLikelyPassword(word, next, hasOtherW)) continue;
    if (/^user$/i.test(word.text) && markNetUser(words, index)) continue;
    if (tool?.only === undefined || word.text !== '--user') markFlag(words, index, judge);
    if (/^(?:set|put|config|add)$/.test(word.text)) markSetting(words.slice(index + 1, index + 6), judge);
  }
}

/** Flags for a login, also after others in one word: `curl -su bob:x`. */
const LOGIN = /^(?:-[A-Za-z]{0,4}[uU]|-a|--(?:user|userpass|proxy-user|login|auth|basic-auth|http-auth|credentials?))$/;
const USER = /^(?:-[uUl]|--?(?:user|username|user-name|login))$/;

/** Whether a command names its user, so that its `-p` is a password rather than a port. */
function namesUser(words: readonly Word[]): boolean {
  return words.some(
    ({ text }, index) =>
      /^--?user(?:name)?=\w|^-[uU][a-z]{2,32}$/.test(text) ||
      (USER.test(text) && /^\w/.test(words[index + 1]?.text ?? '')),
  );
}

/** `-u user:password` of any program; `-u 1000:1000` and `-u app:app` are a user and a group. */
function markLogin(word: Word, next: Word | undefined): boolean {
  const equals = word.text.indexOf('=');
  const flag = equals === -1 ? word.text : word.text.slice(0, equals);
  if (flag.length > 20 || !LOGIN.test(flag)) return false;
  const value = equals === -1 ? next : word;
  const login = /^([\w.@+-]{1,128}):(?!\d+$|\/)(.{3,})$/.exec(value?.text.slice(equals + 1, equals + 600) ?? '');
  if (login === null || login[1] === login[2] || (flag === '-a' && !/[\d\W]/.test(login[2] ?? ''))) return false;
  return markAfter(value, ':', equals + 1);
}

/** `-p password` and `-ppassword` beside a user; numbers, paths and settings are something else. */
function markPassword(word: Word, next: Word | undefined): boolean {
  if (/^-p(?=\S{0,64}\d)(?=\S{0,64}[A-Za-z])[^\s:/=.-]{5,64}$/.test(word.text)) {
    word.mark(2, word.text.length);
    return true;
  }
  if (!/^-(?:p|P|w|W|pw)$/.test(word.text) || next === undefined) return false;
  const value = next.text.slice(0, 256);
  // Before any other value, `-W` asks for the password or names a group of machines.
  if (word.text === '-W' && !/^(?=.*\d)(?=.*[A-Za-z])[^:.]{6,}$/.test(value)) return false;
  if (/^[\d.:,-]+$|^-|^[\w:.~@-]*\/|^\w+=|^[\w-]+\.(?:js|ts|json|ya?ml|txt|conf|toml)$/.test(value)) return false;
  return markAll(next);
}

/** Programs whose `-W` asks for the password, or means a group of machines, a warning, a width, a wait or a list of words. */
const OTHER_W =
  /(?:^|\/)(?:psql|pg_\w{1,20}|(?:create|drop|vacuum|reindex|cluster)(?:db|user)|ldap\w{1,20}|smbclient|rpcclient|net|python[\d.]{0,5}|pypy\d?|ruby|perl|ssh|f?ping6?|column|[gm]?awk|(?:[\w-]{0,40}-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld)(?:-\d+)?|compgen|complete|wget|cscript|tar|nc|xset|sphinx-build|ffmpeg|make|rpmbuild|zstd)$/;

/** `-P password` and `-W password` of any program: most of these flags are for a port, a pattern, a width or a warning. */
function markLikelyPassword(word: Word, next: Word | undefined, hasOtherW: boolean): boolean {
  if (!/^-[PW]$/.test(word.text) || next === undefined) return false;
  const value = next.text.slice(0, 256);
  if (word.text === '-W' && !hasOtherW && /^[^\s\d/=:.-][^\s/=:]{5,63}$/.test(value)) return markAll(next);
  const isMixed = /[a-z]/.test(value) && /[A-Z]/.test(value) && looksLikeToken(value);
  return (looksChosen(value) || isMixed) && markAll(next);
}

/** Windows' `net user NAME PASSWORD /add`; `*` has it ask for the password. */
function markNetUser(words: readonly Word[], index: number): boolean {
  const [shell, program] = [words[index - 2]?.text, words[index - 1]?.text ?? ''];
  if (!/(?:^|[\\/])net1?(?:\.exe)?$/i.test(program) || (shell !== undefined && !/^[/-]c$/i.test(shell))) return false;
  const [name, password, after] = words.slice(index + 1, index + 4).map(({ text }) => text);
  if (name === undefined || password === undefined || /^[/*]/.test(password)) return false;
  return (after === undefined || after.startsWith('/')) && markAll(words[index + 2]);
}

function markToolWord(tool: Tool, word: Word, next: Word | undefined): boolean {
  if (tool.words?.includes(word.text)) return markAll(next);
  if (tool.assigned === undefined) return markToolFlag(tool, word, next);
  const value = /^[A-Za-z_]\w{0,100}=/.exec(word.text.slice(0, 120))?.[0].length ?? 0;
  if (value > 0) word.mark(value, word.text.length);
  return value > 0;
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
  for (const flag of tool.pair ?? []) {
    if (word.text === flag) return markAfter(next, '=', 0);
    if (word.text.startsWith(flag)) return markAfter(word, '=', flag.length + (flag.startsWith('--') ? 1 : 0));
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

/** Marks the text after the first separator: the password of `user:password`. */
function markAfter(word: Word | undefined, separator: string, from: number): boolean {
  const at = word?.text.indexOf(separator, from) ?? -1;
  if (word === undefined || at === -1 || at + 1 >= word.text.length) return false;
  const rest = word.text.slice(at + 1);
  const end = separator === '/' && rest.includes('@') ? at + 1 + rest.lastIndexOf('@') : word.text.length;
  word.mark(at + 1, end);
  return true;
}

function markPositional(words: readonly Word[], toolAt: number, tool: Tool): void {
  const { after = '', command } = tool.positional ?? {};
  const first = words[toolAt + 1]?.text ?? '';
  if (command?.test(first) === false) return;
  // `htpasswd -n` prints instead of writing to a file.
  const at = (tool.positional?.at ?? 0) - (/^-\w*n\w*$/.test(first) ? 1 : 0);
  if (tool.only !== undefined && first !== tool.only) return;
  let count = 0;
  let found = after === '';
  for (const word of words.slice(toolAt + 1, toolAt + 12)) {
    if (!found) found = word.text === after || word.text === `add-${after}`;
    else if (!word.text.startsWith('-') && ++count === at) {
      if (tool.separator !== undefined) markAfter(word, tool.separator, 0);
      else markAll(word);
      return;
    }
  }
}

function markFlag(words: readonly Word[], index: number, judge: JudgeName): void {
  const word = words[index];
  const next = words[index + 1];
  const text = word?.text ?? '';
  if (next === undefined || text.length > 200) return;
  if (/^(?:-pass(?:in|out)?|--passin)$/.test(text) && next.text.startsWith('pass:'))
    return void next.mark(5, next.text.length);
  if (text === 'user' && /^\/(?:add|domain|active)/i.test(words[index + 3]?.text ?? ''))
    return void markAll(words[index + 2]);
  if (/^\/user:\S{1,64}$/i.test(text) && !next.text.startsWith('/')) return void markAll(next);
  if (/^-[kt]$/.test(text) && /[a-z]/.test(next.text) && /[A-Z]/.test(next.text) && looksLikeToken(next.text)) {
    return void markAll(next);
  }
  if (/^["']?--?[A-Za-z][\w.-]*$/.test(text)) {
    const kind = judge(text.replace(/^["']?-+/, ''));
    if (kind === 'none' || /^--?[A-Za-z]/.test(next.text)) return;
    if (masksValue(kind, next.text)) next.mark(0, next.text.length);
    return;
  }
  if (/^requirepass|^masterauth$/.test(text) || (text === 'AUTH' && !isAuthWord(next.text))) markAll(next);
}

/** `config set --secret dbPassword x`. */
function markSetting(words: readonly Word[], judge: JudgeName): void {
  const [name, value] = words.filter(({ text }) => !text.startsWith('-'));
  if (name === undefined || value === undefined) return;
  const kind = judge(name.text.slice(name.text.lastIndexOf(':') + 1));
  if (masksValue(kind, value.text)) value.mark(0, value.text.length);
}
