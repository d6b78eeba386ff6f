import type { InFlightRequest, SpanReference } from '../../report.js';
import { boundText } from '../characters.js';

/** A request that has not ended. */
export interface OpenRequest {
  readonly id: number;
  /** Of `readClockMs`. */
  readonly startMs: number;
  /** The span that the application made for it. */
  readonly span?: SpanReference;
  describe(): Omit<InFlightRequest, 'active' | 'ageMs'>;
}

const MAX_PATH = 1000;

/** The path of a URL, bounded and without its query. */
export function pathOf(url: unknown): string {
  const text = String(url ?? '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  return boundText(text.split(/[?#]/, 1)[0] || '/', MAX_PATH);
}

/** A header's value in a list of name, value, name, value, …; undefined if it is absent or occurs more than once. */
export function findHeader(rawHeaders: readonly unknown[], name: string): unknown {
  const found: unknown[] = [];
  for (let n = 0; n + 1 < rawHeaders.length; n += 2) {
    if (String(rawHeaders[n]).toLowerCase() === name) found.push(rawHeaders[n + 1]);
  }
  return found.length === 1 ? found[0] : undefined;
}
