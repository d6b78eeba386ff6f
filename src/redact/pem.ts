import type { Mark } from './spans.js';

const MARKER = /-----(?<edge>BEGIN|END) (?<label>[^\n-]{0,48})(?:-----)?/g;
const LINE_END = /\r?\n|(?:\\r)?\\n|$/g;

/** The first or the last line of a block. */
interface Marker {
  readonly from: number;
  readonly to: number;
  readonly opens: boolean;
  readonly isPrivate: boolean;
}

/** Marks private keys in PEM, also with their line breaks written as `\n`, also cut off at either end. */
export function markPem(text: string, mark: Mark): void {
  if (text.includes('Private-Lines: ')) markPutty(text, mark);
  if (!text.includes('PRIVATE KEY')) return;
  const markers = findMarkers(text);
  let done = 0;
  markers.forEach((marker, index) => {
    const next = markers[index + 1];
    if (marker.isPrivate && marker.opens) {
      const closed = next?.opens === false;
      done = closed ? next.to : bodyEnd(text, marker.to, next?.from ?? text.length);
      mark(marker.from, done);
    } else if (marker.isPrivate && marker.from >= done) {
      mark(bodyStart(text, done, marker.from), marker.to);
    }
    done = Math.max(done, marker.to);
  });
}

function findMarkers(text: string): readonly Marker[] {
  return [...text.matchAll(MARKER)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    opens: match.groups?.edge === 'BEGIN',
    isPrivate: match.groups?.label?.includes('PRIVATE KEY') === true,
  }));
}

/** PuTTY's form: the number of lines, then the lines. */
function markPutty(text: string, mark: Mark): void {
  const head = /Private-Lines: (\d{1,3})(?:\r?\n|(?:\\r)?\\n)/g;
  for (let match = head.exec(text); match !== null; match = head.exec(text)) {
    const from = head.lastIndex;
    LINE_END.lastIndex = from;
    let to = from;
    for (let line = Number(match[1]); line > 0 && to < text.length; line--) {
      to = LINE_END.exec(text)?.index ?? text.length;
    }
    mark(from, to);
    head.lastIndex = Math.max(from, to);
  }
}

/** Whether a text opens a private key and does not close it: its lines go on in the texts that follow. */
export function opensPem(text: string): boolean {
  if (!text.includes('PRIVATE KEY')) return false;
  const last = findMarkers(text).at(-1);
  return last?.opens === true && last.isPrivate;
}

/** Whether a line can be one of a PEM block. */
export function continuesPem(line: string): boolean {
  return /^\s*(?:[A-Za-z0-9+/=]*\s*|[A-Za-z-]{2,30}: .*|-----END .*)$/.test(line.slice(0, 8192));
}

/** The end of a block that is cut off: the first line that is not base64. */
function bodyEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const newline = text.indexOf('\n', at);
    const to = newline === -1 || newline >= end ? end : newline + 1;
    if (!isBodyLine(text.slice(at, to))) return at;
    at = to;
  }
  return end;
}

/** One line of base64, or a whole block with `\n` for its line breaks, or a header of an encrypted one. */
function isBodyLine(line: string): boolean {
  const text = line.trim();
  return !/\s/.test(text) || /^[A-Za-z-]{2,30}: \S+$/.test(text.slice(0, 200)) || /\\n/.test(text);
}

/** The start of a block whose first line is lost: the base64 before its last line. */
function bodyStart(text: string, from: number, end: number): number {
  let start = end;
  while (start > from && /[A-Za-z0-9+/=\s\\]/.test(text[start - 1] ?? '')) start--;
  return start;
}
