import { randomBytes } from 'node:crypto';
import type { Facts, SectionData, SectionName, SectionOf } from '../report.js';

/** One section, with its times. An error of `collect` becomes its content, and other sections are not affected. */
export function guardSection<Name extends SectionName>(
  name: Name,
  title: string,
  collect: () => { readonly data: SectionData[Name]; readonly facts?: Facts },
): SectionOf<Name> {
  const about = { name, title, spanId: randomBytes(8).toString('hex'), startMs: Date.now() };
  try {
    const { data, facts } = collect();
    const made = { ...about, status: 'ok' as const, endMs: Date.now(), data };
    return facts ? { ...made, facts } : made;
  } catch (error) {
    return { ...about, status: 'failed', endMs: Date.now(), data: null, error: String(error) };
  }
}
