import type { Failure } from './http/failure.js';
import type { Item } from './http/opentelemetry.js';

/** The end of one request. */
export type Answer =
  | { readonly kind: 'taken'; readonly rejected: number; readonly message: string }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Sends the items of one signal. */
export interface Exporter {
  /** One request. Never rejects. */
  send(items: Item[]): Promise<Answer>;
  close(): void;
}
