import type { Mark } from './spans.js';

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const LONGEST_LABEL = 48;

/** Marks private keys in PEM, also with their line breaks written as `\n`, also cut off at either end. */
export function markPem(text: string, mark: Mark): void {
  if (text.includes('Private-Lines: ')) markPutty(text, mark);
  if (!text.includes('PRIVATE KEY')) return;
  let at = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, at);
    const end = text.indexOf(END, at);
    if (begin === -1 && end === -1) return;
    if (begin !== -1 && (end === -1 || begin < end)) {
      at = begin + BEGIN.length;
      if (!isPrivate(text, at)) continue;
      const body = bodyEnd(text, at);
      mark(begin, body);
      at = body;
    } else {
      const from = at;
      at = end + END.length;
      if (isPrivate(text, at)) mark(bodyStart(text, from, end), lineEnd(text, at));
    }
  }
}

/** PuTTY's form: how many lines there are, then the lines. */
function markPutty(text: string, mark: Mark): void {
  const head = /Private-Lines: (\d{1,3})(?:\r?\n|(?:\\r)?\\n)/g;
  const lineEnd = /\r?\n|(?:\\r)?\\n|$/g;
  for (let match = head.exec(text); match !== null; match = head.exec(text)) {
    const from = head.lastIndex;
    lineEnd.lastIndex = from;
    let to = from;
    for (let line = Number(match[1]); line > 0 && to < text.length; line--) {
      to = lineEnd.exec(text)?.index ?? text.length;
    }
    mark(from, to);
    head.lastIndex = Math.max(from, to);
  }
}

/** Whether a text opens a private key and does not close it: its lines go on in the texts that follow. */
export function opensPem(text: string): boolean {
  const begin = text.lastIndexOf(BEGIN);
  return begin !== -1 && isPrivate(text, begin + BEGIN.length) && !text.includes(END, begin);
}

/** Whether a line can be one of a PEM block. */
export function continuesPem(line: string): boolean {
  return /^\s*(?:[A-Za-z0-9+/=]*\s*|[A-Za-z-]{2,30}: .*|-----END .*)$/.test(line.slice(0, 8192));
}

function isPrivate(text: string, at: number): boolean {
  return (
    text
      .slice(at, at + LONGEST_LABEL)
      .split('-----', 1)[0]
      ?.includes('PRIVATE KEY') ?? false
  );
}

/** After the END line, or where the block stops to look like one. */
function bodyEnd(text: string, at: number): number {
  const end = text.indexOf(END, at);
  const next = text.indexOf(BEGIN, at);
  if (end !== -1 && (next === -1 || end < next)) return lineEnd(text, end + END.length);
  const rest = next === -1 ? text.length : next;
  let from = text.indexOf('-----', at);
  from = from === -1 || from > rest ? Math.min(rest, at + LONGEST_LABEL) : from + 5;
  while (from < rest) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 || newline >= rest ? rest : newline + 1;
    if (from !== at && !isBodyLine(text.slice(from, to))) return from;
    from = to;
  }
  return rest;
}

/** One line of base64, or a whole block with `\n` for its line breaks, or a header of an encrypted one. */
function isBodyLine(line: string): boolean {
  const text = line.trim();
  return text === '' || !/\s/.test(text) || /^[A-Za-z-]{2,30}: \S+$/.test(text.slice(0, 200)) || /\\n/.test(text);
}

/** The start is lost: everything before END that looks like base64. */
function bodyStart(text: string, from: number, end: number): number {
  let start = end;
  while (start > from && /[A-Za-z0-9+/=\s\\]/.test(text[start - 1] ?? '')) start--;
  return start;
}

/** After the closing dashes of `-----END PRIVATE KEY-----`. */
function lineEnd(text: string, at: number): number {
  const dashes = text.indexOf('-----', at);
  return dashes === -1 || dashes > at + LONGEST_LABEL ? Math.min(text.length, at + LONGEST_LABEL) : dashes + 5;
}
