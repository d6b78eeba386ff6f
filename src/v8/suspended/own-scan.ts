import { readElement, readField, readSmi, typeOf } from '../heap.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES, pageOf } from './candidates.js';
import { SLOT, type SuspendedLayout } from './layout.js';
import { contextOf } from './learn-reactions.js';
import { type PageScanner, SUSPENDED_WORDS } from './scan.js';

/** Whether a scan of their pages finds the promise, and those that wait for it. */
export function isScanned(reading: Reading, layout: SuspendedLayout, scanner: PageScanner, never: number): boolean {
  const { promises } = reading.layout;
  const first = readField(reading, never, promises.reactions);
  const awaiting: number[] = [];
  for (let at = first; typeOf(reading, at) === promises.reaction; at = readField(reading, at, layout.next)) {
    const slot = readElement(reading, contextOf(reading, readField(reading, at, layout.fulfill)), SLOT);
    const type = typeOf(reading, slot);
    if (type === promises.asyncFunction || type === promises.asyncGenerator) awaiting.push(slot);
  }
  const expected = awaiting.map((one) => [
    one,
    readField(reading, one, 0),
    readField(reading, one, promises.function),
    readSmi(reading, one, promises.position),
    readSmi(reading, one, promises.continuation),
    readField(reading, one, promises.outcome),
  ]);
  const addresses = new Set([never, ...awaiting].map(pageOf));
  const found = [...addresses].flatMap((address) => scanner.scan({ address, bytes: PAGE_BYTES }, []) ?? []);
  const rows = found.flatMap(({ suspended }) =>
    Array.from({ length: suspended.length / SUSPENDED_WORDS }, (_, row) =>
      suspended.slice(row * SUSPENDED_WORDS, (row + 1) * SUSPENDED_WORDS),
    ),
  );
  const isThere = expected.every((one) => rows.some((row) => row.every((word, index) => word === one[index])));
  return (
    isThere && awaiting.length === 3 && found.some((page) => page.promises[page.promises.indexOf(never) + 1] === first)
  );
}
