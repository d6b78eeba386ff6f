import { randomBytes } from 'node:crypto';
import type { Item } from '../main-facts.js';
import type { SectionOf } from '../report.js';

/** The registered sections, in order of registration. */
export function collectRegistered(items: readonly Item[]): readonly SectionOf<`custom.${string}`>[] {
  const sections = items.filter((item) => item.kind === 'section').sort((a, b) => a.index - b.index);
  const names = new Set<string>();
  return sections.map((item) => {
    const name = makeUnique(`custom.${toSlug(item.title)}`, names);
    const { title, startMs, endMs } = item;
    const status = item.status === 'pending' ? 'timed_out' : item.status;
    const about = {
      name,
      title,
      status,
      spanId: randomBytes(8).toString('hex'),
      startMs,
      endMs,
      data: item.data ?? null,
    };
    return {
      ...about,
      ...(item.text === undefined ? {} : { text: item.text }),
      ...(item.error === undefined ? {} : { error: item.error }),
    };
  });
}

/** Lower-case letters and digits of any script, joined by underscores. */
function toSlug(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 64) || 'section'
  );
}

function makeUnique<Name extends string>(name: Name, taken: Set<string>): Name | `${Name}_${number}` {
  let unique: Name | `${Name}_${number}` = name;
  for (let n = 2; taken.has(unique); n += 1) unique = `${name}_${n}`;
  taken.add(unique);
  return unique;
}
