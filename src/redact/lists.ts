import type { Value, ValueMap } from '../report.js';
import { markArguments } from './commands.js';
import type { JudgeName, NameKind } from './names.js';
import { masksValue } from './values.js';

/** The secrets of arguments, and of names and values in turn as in `rawHeaders`: from where in which item. */
export function markStrings(list: readonly string[], judge: JudgeName): Map<number, number> {
  const spans = new Map<number, number>();
  const words = list.map((text, index) => ({
    text,
    mark: (from: number, to: number) => void (to === text.length && spans.set(index, from)),
  }));
  if (list.length > 2 || list.some((item) => item.startsWith('-') || item.startsWith('/p:')))
    markArguments(words, judge);
  if (list.length % 2 === 0 && !areNames(list)) {
    for (let index = 0; index < list.length; index += 2) {
      const name = list[index] ?? '';
      if (!/^[A-Za-z][\w.-]{1,80}$/.test(name)) continue;
      const value = list[index + 1] ?? '';
      if (/^[A-Za-z_]+$/.test(value) && judge(value) !== 'none') continue;
      if (masksValue(judge(name), value)) spans.set(index + 1, 0);
    }
  }
  return spans;
}

/** An entry `['password', 'x']` among others that are no strings alone. */
export function namedPair(item: Value, judge: JudgeName): NameKind | undefined {
  if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== 'string' || typeof item[1] === 'string')
    return undefined;
  const kind = judge(item[0]);
  return kind === 'none' || typeof item[1] === 'object' ? undefined : kind;
}

/** Names alone, not names and values: `['password', 'token']`. */
function areNames(list: readonly string[]): boolean {
  return list.length > 2 && list.every((item) => /^[a-z_.*[\]]+(?:[A-Z][a-z]+)*$/.test(item));
}

/** The bytes of a Buffer as JSON writes it, or a list that can be nothing else under a secret name. */
export function bytesOf(value: Value, kind: NameKind): Buffer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, data } = value as ValueMap;
  const bytes = type === 'Buffer' && kind !== 'none' ? data : kind === 'secrets' ? undefined : value;
  if (!Array.isArray(bytes) || bytes.length < 4 || !bytes.every(isByte)) return undefined;
  return Buffer.from(bytes);
}

const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256;
