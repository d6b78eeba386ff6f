import type { Attributes } from './logs.js';
import type { Item } from './opentelemetry.js';
import { wireBytes } from './plain.js';
import type { ResourceAttributes } from './resource.js';

/** What goes out in one request. */
export interface Batch {
  readonly items: Item[];
  /** Never less than the request's, without the resource. */
  readonly bytes: number;
}

/** Makes the SDK's items of a resource's contents, packed. */
export type CreateBuilder<Content> = (
  attributes: ResourceAttributes,
  version: string,
) => Promise<(contents: readonly Content[]) => readonly Batch[]>;

/** Collectors take 20 MiB, but what stands between may take 4, and answers what is larger with a final 413. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** For the resource, which is bounded well beneath. */
const RESERVED_BYTES = 256 * 1024;
/** A record without body and attributes, a span without attributes, a link without. */
const ITEM_BYTES = 512;

export function packBatches(items: readonly Item[], bytesOf: (index: number) => number): readonly Batch[] {
  const batches: { items: Item[]; bytes: number }[] = [];
  items.forEach((item, index) => {
    const bytes = ITEM_BYTES + bytesOf(index);
    const batch = batches.at(-1);
    if (batch && batch.bytes + bytes <= MAX_REQUEST_BYTES - RESERVED_BYTES) {
      batch.items.push(item);
      batch.bytes += bytes;
    } else batches.push({ items: [item], bytes });
  });
  return batches;
}

/** Of something with attributes, never less than it takes. */
export function boundBytes(attributes: Attributes): number {
  return ITEM_BYTES + wireBytes(attributes);
}
