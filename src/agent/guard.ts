import { randomBytes } from 'node:crypto';
import type { Section, Value } from '../report.js';

/** One section, with its times; what `collect` throws becomes its content, and harms no other. */
export function guardSection(
  name: string,
  title: string,
  collect: () => { readonly data: object; readonly facts?: NonNullable<Section['facts']> },
): Section {
  const about = { name, title, spanId: randomBytes(8).toString('hex'), startMs: Date.now() };
  try {
    const { data, facts } = collect();
    // The sections' own shapes are plain data by their types; only their optional keys hide that from the compiler.
    const made = { ...about, status: 'ok' as const, endMs: Date.now(), data: data as Value };
    return facts ? { ...made, facts } : made;
  } catch (error) {
    return { ...about, status: 'failed', endMs: Date.now(), data: null, error: String(error) };
  }
}
