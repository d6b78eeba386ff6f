import type { JudgeName } from './names.js';
import { type Tool, toolNamed } from './tools.js';
import { isPlainValue, masksValue } from './values.js';

/** One argument, and how to mark a part of it. */
export interface Word {
  readonly text: string;
  readonly mark: (from: number, to: number) => void;
}

/** Marks secrets among arguments: `--password x`, `-pX` of known tools, `curl -u user:x`, `config set name x`. */
export function markArguments(words: readonly Word[], judge: JudgeName): void {
  let tool: Tool | undefined;
  let applies = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    if (/^(?:\||\|\||&&|;|--)$/.test(word.text)) tool = undefined;
    const named = tool === undefined ? toolNamed(word.text) : undefined;
    if (named !== undefined) {
      tool = named;
      applies = named.only === undefined && named.assigned === undefined;
      if (named.positional !== undefined) markPositional(words, index, named);
      continue;
    }
    const next = words[index + 1];
    if (tool !== undefined && applies && markToolWord(tool, word, next)) continue;
    applies ||= tool !== undefined && (word.text === tool.only || word.text === tool.assigned);
    if (tool?.only === undefined || word.text !== '--user') markFlag(word, next, judge);
    if (/^(?:set|put|config|add)$/.test(word.text)) markSetting(words.slice(index + 1, index + 6), judge);
  }
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
  if (tool.only !== undefined && words[toolAt + 1]?.text !== tool.only) return;
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

function markFlag(word: Word, next: Word | undefined, judge: JudgeName): void {
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
  if (/^requirepass|^masterauth$|^AUTH$/.test(text)) markAll(next);
}

/** `config set --secret dbPassword x`. */
function markSetting(words: readonly Word[], judge: JudgeName): void {
  const [name, value] = words.filter(({ text }) => !text.startsWith('-'));
  if (name === undefined || value === undefined) return;
  const kind = judge(name.text.slice(name.text.lastIndexOf(':') + 1));
  if (masksValue(kind, value.text)) value.mark(0, value.text.length);
}
