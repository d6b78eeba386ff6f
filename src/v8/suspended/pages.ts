import { startDeadline } from '../deadline.js';
import type { Memory } from '../memory.js';
import { PAGE_BYTES, visitCandidates } from './candidates.js';
import {
  createHeaderReader,
  FROM_PAGE,
  generationOf,
  type Halves,
  type Header,
  isWord,
  type PageLayout,
  toHalves,
  word,
} from './page-header.js';

export interface Page {
  readonly address: number;
  readonly bytes: number;
  /** By which the lists of pages name it: its address, or its block's. */
  readonly reference: number;
  readonly previous: number;
  /** Of the young generation, and in use. */
  readonly isYoung: boolean;
  /** Changes when something is allocated on it, or swept from it. */
  readonly mark: number;
}

export interface PageList {
  /** Those in use, by their address. */
  readonly pages: readonly Page[];
  /** There was time to look for all of them. */
  readonly isWhole: boolean;
  /** All of them, with those that the next collection will use. */
  readonly all: readonly Page[];
  /** Each link leads to a page of the list, or to none: no page has come while they were read. */
  readonly isClosed: boolean;
}

/** Milliseconds for one list. It ends early in a process with tens of gigabytes of buffers. */
const LIST_MS = 100;
/** Where nothing waits for it: a list that is not whole never becomes so. */
const LIST_LATER_MS = 1000;

export interface ListedHow {
  /** Whether nothing waits for the list: it may take more time. */
  readonly isLater?: boolean | undefined;
  /**
   * The page at an address as it was before. If it is still so, the list has that object: a heap of gigabytes has ten thousand
   * pages, and each report lists them often.
   */
  readonly findKnown?: (address: number) => Page | undefined;
  /** Called for each place at which a page may begin. */
  readonly onPage?: () => void;
}

/** The pages of an isolate, as far as they are found in the time that there is of this thread. */
export function listPages(
  memory: Memory,
  layout: PageLayout,
  isolate: number,
  { isLater = false, findKnown = () => undefined, onPage = () => {} }: ListedHow = {},
): PageList {
  const found = new FoundPages(memory, layout, isolate);
  const isLate = startDeadline(isLater ? LIST_LATER_MS : LIST_MS);
  const isWhole = visitCandidates(
    (address, end) => {
      onPage();
      return found.add(address, end, findKnown(address));
    },
    () => isLate() || memory.isSpent(),
  );
  return found.list(isWhole);
}

/**
 * The same pages as they are now, in a tenth of the time; undefined if a page has come to one of V8's lists since before that
 * list was made. Pages of large objects, each of which may be the only one of its list, may have come unseen.
 */
export function relistPages(
  memory: Memory,
  layout: PageLayout,
  isolate: number,
  { all, isClosed, isWhole }: PageList,
  { onPage = () => {} }: Pick<ListedHow, 'onPage'> = {},
): PageList | undefined {
  if (layout.next < 0 || !isClosed) return undefined;
  const found = new FoundPages(memory, layout, isolate);
  for (const page of all) {
    found.add(page.address, page.address + page.bytes, page);
    onPage();
  }
  const list = found.list(isWhole && !memory.isSpent());
  return list.isClosed ? list : undefined;
}

/** Whether a page of the young generation of this isolate, which is in use, begins at an address. */
export function isYoungPage(memory: Memory, layout: PageLayout, isolate: number, address: number): boolean {
  const found = new FoundPages(memory, layout, isolate);
  found.add(address, address + PAGE_BYTES);
  return found.list(true).pages[0]?.isYoung === true;
}

class FoundPages {
  readonly #layout: PageLayout;
  readonly #heap: Halves;
  readonly #read: (address: number) => Header | undefined;
  readonly #pages: Page[] = [];
  readonly #all: Page[] = [];
  readonly #references = new Set<number>();
  readonly #links = new Set<number>();

  constructor(memory: Memory, layout: PageLayout, isolate: number) {
    this.#layout = layout;
    this.#heap = toHalves(isolate + layout.heapDistance);
    this.#read = createHeaderReader(memory, layout.isBlock);
  }

  /** Adds the page at an address, if it is one of this isolate. @returns whether a page begins there, of any isolate */
  add(address: number, end: number, known?: Page): boolean {
    const { self, heap, flags, next } = this.#layout;
    const header = this.#read(address);
    if (!header || word(header.words, self) !== address) return false;
    if (!isWord(header.words, heap, this.#heap)) return true;
    const { reference, words } = header;
    const previous = next < 0 ? 0 : word(words, next + 1);
    this.#references.add(reference);
    if (next >= 0) this.#links.add(word(words, next)).add(previous);
    const generation = generationOf(header, flags);
    const isYoung = generation !== 0;
    const bytes = Math.min(PAGE_BYTES, end - address);
    const mark = hash(words);
    const isKnown = known?.mark === mark && known.isYoung === isYoung && known.bytes === bytes;
    const isLinked = known?.reference === reference && known.previous === previous;
    const page = isKnown && isLinked ? known : { address, bytes, reference, previous, isYoung, mark };
    this.#all.push(page);
    if (!(generation & FROM_PAGE)) this.#pages.push(page);
    return true;
  }

  list(isWhole: boolean): PageList {
    const pages = this.#pages.sort((one, other) => one.address - other.address);
    const isClosed = [...this.#links].every((link) => link === 0 || this.#references.has(link));
    return { pages, isWhole, all: this.#all, isClosed };
  }
}

/** Of all words but the flags and what does not change: counters of bytes, the state of sweeping, lists. */
function hash(words: Int32Array): number {
  let value = 0x811c9dc5;
  for (let index = 4; index < words.length; index += 1) value = Math.imul(value ^ (words[index] ?? 0), 0x01000193);
  return value;
}
