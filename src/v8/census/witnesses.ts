import type { Reading } from '../reading.js';
import { PAGE_BYTES } from '../suspended/candidates.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { lookAtPages } from '../suspended/look.js';

const PER_PAGE = 4;
const APART = PAGE_BYTES / PER_PAGE;

/** An object, and its Map when it was counted. */
interface Witness {
  readonly address: number;
  readonly map: number;
}

/**
 * A few objects of each page of the old generation. A collection of garbage that moves objects empties whole pages: such a page
 * is given back, or filled with other objects.
 */
export class Witnesses {
  readonly #pages: ReadonlyMap<number, Witness[]>;

  /** @param pages of the old generation, by their addresses: on one that is emptied just now, there may be none */
  constructor(pages: Iterable<number>) {
    this.#pages = new Map([...pages].map((page) => [page, []]));
  }

  /** Of a page of the young generation, whose objects are moved all the time, none is kept. */
  add(page: number, address: number, map: number): void {
    const list = this.#pages.get(page);
    if (list && list.length < PER_PAGE && address >= page + list.length * APART) list.push({ address, map });
  }

  /** Whether each page is still there, and most of them are in their place on it: some may have died, or have another Map since. */
  areInPlace(reading: Reading, layout: SuspendedLayout, isolate: number): boolean {
    const { pages } = lookAtPages(reading, layout, isolate);
    const old = new Set(pages.filter(({ isYoung }) => !isYoung).map(({ address }) => address));
    const isInPlace = ({ address, map }: Witness) => reading.memory.freshWord(address) === map;
    return [...this.#pages].every(([page, list]) => old.has(page) && list.filter(isInPlace).length * 2 >= list.length);
  }
}
