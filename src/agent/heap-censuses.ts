import type { FrameReader } from '../frames/frames.js';
import type { HeapCensusData, Section } from '../report.js';
import { censusFacts, collectHeapCensus, type KeptCensus } from '../sections/heap-census.js';
import type { NativeStacks } from './native-stacks.js';

/** Counts the objects of main's heap, and compares them with the last count. */
export class HeapCensuses {
  #last: KeptCensus | undefined;

  /** @throws Error with the reason if the heap cannot be read */
  take(
    {
      frames,
      reading: { natives },
    }: { readonly frames: FrameReader; readonly reading: { readonly natives: NativeStacks } },
    timeMs: number,
  ): { readonly data: HeapCensusData; readonly facts: NonNullable<Section['facts']> } {
    const census = natives.takeCensus(process.pid);
    if (typeof census === 'string') throw new Error(`the heap is not read: ${census}`);
    const texts = natives.openTexts(process.pid);
    const { data, kept } = collectHeapCensus(census, { frames, texts, before: this.#last, timeMs });
    // The census of a part of the heap is not kept: the next one would report the rest as growth.
    if (data.whole) this.#last = kept;
    return { data, facts: censusFacts(data) };
  }
}
