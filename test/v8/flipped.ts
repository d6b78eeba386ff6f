import { createMemory, type Memory, openProcessMemory, type ReadAt } from '../../src/v8/memory.js';
import type { Random } from '../fuzz/random.js';

/** This process's memory, in which one read in three has a wrong bit from the call of `flip` on. */
export function openFlippedMemory(random: Random): { readonly memory: Memory; flip(): void } {
  const readAt = openProcessMemory();
  let isFlipping = false;
  const flipping: ReadAt = (buffer, offset, length, address) => {
    const count = readAt(buffer, offset, length, address);
    if (isFlipping && count > 0 && random.oneIn(3)) {
      const at = offset + random.below(count);
      buffer[at] = (buffer[at] ?? 0) ^ (1 << random.below(8));
    }
    return count;
  };
  return {
    memory: createMemory(flipping),
    flip() {
      isFlipping = true;
    },
  };
}
