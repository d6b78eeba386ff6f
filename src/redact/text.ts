import { markBlocks } from './blocks.js';
import { markCalls } from './calls.js';
import { markCommands, mayBeCommand } from './command-line.js';
import type { JudgeName } from './names.js';
import { markPairs, type TextMode } from './pairs.js';
import { markPem } from './pem.js';
import { basicPassword, markShapes } from './shapes.js';
import { maskSpans } from './spans.js';
import { markSpoken } from './spoken.js';
import { markInserts } from './sql.js';
import { markTables } from './tables.js';
import { markUrls } from './urls.js';

/** Takes every value that was masked, so that it can be found where it appears again. */
export type Found = (value: string) => void;

export interface TextMasker {
  readonly judge: JudgeName;
  readonly found: Found;
}

/** Nothing can be told apart in a text without one of these. */
const MAY_HOLD = /[=:@>?"'`$|]|%3[da]|\S{20}|(?:^|\s)["']?--?[A-Za-z]|identified|password|passwd|requirepass|auth/i;

/** Masks what is secret in a text of any kind. */
export function maskText(text: string, mode: TextMode, { judge, found }: TextMasker): string {
  if (text.length < 4 || !(MAY_HOLD.test(text) || mayBeCommand(text))) return text;
  const spans: (readonly [number, number])[] = [];
  const mark = (from: number, to: number): void => {
    if (to <= from) return;
    spans.push([from, to]);
    collect(text.slice(from, to), found);
  };
  markPem(text, mark);
  markShapes(text, mark);
  if (text.includes('://') || text.includes('@') || text.includes('/')) markUrls(text, judge, mark);
  markPairs(text, judge, mode, mark);
  markSpoken(text, judge, mark);
  if (text.includes('(')) {
    markCalls(text, judge, mark);
    markInserts(text, judge, mark);
  }
  if (mode === 'text' && text.includes('\n')) {
    markBlocks(text, judge, mark);
    markTables(text, judge, mark);
  }
  if (mode === 'text' && mayBeCommand(text)) markCommands(text, judge, mark);
  return maskSpans(text, spans);
}

/** What of a masked value is worth finding again: without its scheme, each cookie alone, what base64 holds. */
export function collect(value: string, found: Found): void {
  const text = value.trim().replace(/^(?:bearer|basic|token)\s+/i, '');
  if (text.length > 65_536) {
    found(text);
    return;
  }
  const password = basicPassword(text);
  if (password !== undefined) found(password);
  if (text.includes(';') && text.includes('=')) {
    for (const part of text.split(';')) {
      const at = part.indexOf('=');
      if (at !== -1 && part.length - at > 8) found(part.slice(at + 1).trim());
    }
    return;
  }
  found(text);
  if (text.includes('%')) found(decoded(text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
