import type { Item } from '../main-facts.js';
import type { Value } from '../report.js';

/** The characters of a registered section: enough for a person's needs, and the pause stays short. */
export const MAX_CHARACTERS = 4 * 1024 * 1024;

/** `text`, cut after `max` characters with a note. */
export function boundText(text: string, max: number = MAX_CHARACTERS): string {
  if (text.length <= max) return text.toWellFormed();
  return `${text.slice(0, max).toWellFormed()}… [${text.length - max} of ${text.length} characters cut]`;
}

/** The characters of an item's text, and of its data. */
export function countItem({ text = '', data = null }: Pick<Item, 'text' | 'data'>): number {
  return countCharacters(text) + countCharacters(data);
}

/** The characters of all texts and keys in the value, and 8 for each other value. */
function countCharacters(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce(
    (sum, [key, item]: [string, Value]) => sum + key.length + countCharacters(item),
    0,
  );
}
