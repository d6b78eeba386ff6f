import type { MainFacts } from '../main-facts.js';
import type { ValueMap } from '../report.js';

const MIB = 2 ** 20;

/**
 * The heap of the main thread. V8 gives up when its old generation is full, so `usedOfLimitPercent` is a share of that
 * generation's limit. V8's own limit includes the young generation, which may be twice the old one.
 */
export function describeHeap({ heap, heapSpaces }: MainFacts, options: readonly string[]): ValueMap {
  const limitBytes = heap.heap_size_limit ?? 0;
  const oldBytes = heapSpaces.filter(({ name }) => !isOther(name)).reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  const oldLimitBytes = limitOldGeneration(limitBytes, options);
  return {
    usedBytes: heap.used_heap_size ?? 0,
    committedBytes: heap.total_heap_size ?? 0,
    limitBytes,
    oldGenerationUsedBytes: oldBytes,
    oldGenerationLimitBytes: oldLimitBytes,
    usedOfLimitPercent: oldLimitBytes > 0 ? Math.round((oldBytes / oldLimitBytes) * 1000) / 10 : null,
    mallocedBytes: heap.malloced_memory ?? 0,
    nativeContexts: heap.number_of_native_contexts ?? 0,
    detachedContexts: heap.number_of_detached_contexts ?? 0,
  };
}

/** The young generation, and the space that is a part of the binary. */
function isOther(space: string): boolean {
  return space.startsWith('new_') || space === 'read_only_space';
}

/**
 * The limit of the old generation in bytes, from V8's limit of both. `options`: Node's, in the order in which they count.
 *
 * The young one is three semi-spaces. If no option sets them, each is a share of the old generation, up to a bound.
 */
export function limitOldGeneration(
  limitBytes: number,
  options: readonly string[],
  major = Number.parseInt(process.versions.node, 10),
): number {
  const old = readOption('max-old-space-size', options);
  if (old !== undefined && old * MIB < limitBytes) return old * MIB;
  const semi = readOption('max-semi-space-size', options);
  if (semi !== undefined && 3 * semi * MIB < limitBytes) return limitBytes - 3 * semi * MIB;
  const { share, maxSemiBytes } = YOUNG[major] ?? LATEST;
  const byShare = limitBytes / (1 + 3 / share);
  return Math.round(byShare / share > maxSemiBytes ? limitBytes - 3 * maxSemiBytes : byShare);
}

/** As found with each line of Node: the old generation has `share` times the size of a semi-space. */
const LATEST = { share: 128, maxSemiBytes: 32 * MIB };
const YOUNG: { readonly [major: number]: typeof LATEST } = {
  20: { share: 128, maxSemiBytes: 16 * MIB },
  22: { share: 128, maxSemiBytes: 16 * MIB },
  24: { share: 64, maxSemiBytes: 64 * MIB },
};

/** The last value counts; V8 takes hyphens and underscores alike. */
function readOption(name: string, options: readonly string[]): number | undefined {
  const values = options.flatMap((option) => {
    const [key = '', value = ''] = option.split('=');
    return key.replace(/^--/, '').replaceAll('_', '-') === name && Number(value) > 0 ? [Number(value)] : [];
  });
  return values.at(-1);
}
