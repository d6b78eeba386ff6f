import { createSearch } from './needles.js';
import { isDistinct } from './values.js';

/** Values that were masked somewhere, to be masked wherever else they appear. */
export interface Reuse {
  readonly size: number;
  mask(text: string): string;
}

/** Past this many, the shortest are not looked for: the work stays in proportion to the report. */
const MOST_VALUES = 4000;

/** Prepares the search; `plain` are words the report cannot do without, such as the host's name. */
export function createReuse(values: ReadonlySet<string>, plain: ReadonlySet<string>): Reuse {
  const needles = new Set<string>();
  const distinct = [...values].filter((value) => isDistinct(value) && !plain.has(value.toLowerCase()));
  for (const value of distinct.sort((a, b) => b.length - a.length).slice(0, MOST_VALUES)) {
    needles.add(value);
    for (const form of formsOf(value)) needles.add(form);
  }
  const cores = new Set<string>();
  for (const value of distinct.slice(0, MOST_VALUES)) {
    if (value.length >= 7 && value.length <= 256) for (const core of base64Cores(value)) cores.add(core);
  }
  const search = createSearch(needles, cores);
  return { size: needles.size, mask: (text) => (needles.size === 0 ? text : search(text)) };
}

/** As it looks in a URL, in JSON, in markup and as bytes. */
function formsOf(value: string): string[] {
  const forms = [JSON.stringify(value).slice(1, -1)];
  if (value.length >= 6 && value.length <= 256) forms.push(Buffer.from(value).toString('hex'));
  try {
    forms.push(encodeURIComponent(value), encodeURIComponent(value).replace(/%20/g, '+'));
  } catch {
    // A lone surrogate has no encoded form.
  }
  if (/[&<>"']/.test(value)) {
    forms.push(value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;'));
  }
  return forms.filter((form) => form !== value && form.length >= 5);
}

/** What of a value's base64 does not depend on what stands before and after it, at each of three offsets. */
function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const cores: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = [0, 2, 3][offset] ?? 0;
    const rest = (offset + bytes.length) % 3;
    const core = encoded.slice(from, rest === 0 ? encoded.length : encoded.length - (rest === 1 ? 3 : 2));
    if (core.length >= 8) cores.push(core);
  }
  return cores;
}
