import { markArguments, type Word } from './commands.js';
import type { JudgeName } from './names.js';
import { linesIn, type Mark } from './spans.js';
import { FLAGLESS } from './tools.js';

const WORDS =
  /requirepass|masterauth|chpasswd|\becho |\bprintf |\bAUTH |configu?r?e? set|\/p:|\b[Nn][Ee][Tt]1?(?:\.exe)? user /;

/** Whether a text names a command that is understood without flags. */
export const namesCommand = (text: string): boolean => WORDS.test(text) || FLAGLESS.test(text);

/** Marks the secrets of the command lines in a text, line by line. */
export function markCommands(text: string, judge: JudgeName, mark: Mark): void {
  for (const [from, to] of linesIn(text)) {
    const words = splitCommand(text.slice(from, to), (a, b) => mark(from + a, from + b));
    markArguments(words, judge);
    markPiped(words);
    for (const word of words) {
      const literal = literalStart(word.text);
      if (literal !== -1) word.mark(literal, word.text.length);
    }
  }
}

/** The start of the value in `--from-literal=any=SECRET`, whatever the name; -1 in other words. */
function literalStart(text: string): number {
  const match = /^--(?:from-literal|build-arg-secret)=[^=]{1,200}=/.exec(text.slice(0, 240));
  return match === null ? -1 : match[0].length;
}

const READS_SECRET = /^(?:--password-stdin|--with-token|--stdin|chpasswd|cryptsetup|kinit|smbpasswd)$/;

/** `echo x | sudo -S`: `echo` hands the password through a pipe. */
function markPiped(words: readonly Word[]): void {
  words.forEach((pipe, at) => {
    if (pipe.text !== '|') return;
    let from = at - 1;
    while (from > 0 && at - from < 12 && !/^["']?(?:echo|printf)$/.test(words[from]?.text ?? '')) from--;
    if (!/^["']?(?:echo|printf)$/.test(words[from]?.text ?? '')) return;
    const reader = words.slice(at + 1, at + 16).map(({ text }) => text.replace(/["']+$/, ''));
    if (!reader.some((text) => READS_SECRET.test(text)) && !(reader[0] === 'sudo' && reader.includes('-S'))) return;
    for (const word of words.slice(from + 1, at)) {
      if (/^-[neE]+$/.test(word.text)) continue;
      word.mark(reader[0] === 'chpasswd' ? word.text.indexOf(':') + 1 : 0, word.text.length);
    }
  });
}

/** The words of a command line, in quotes or not; quotes are not part of a word that is wholly in them. */
function splitCommand(line: string, mark: Mark): Word[] {
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
