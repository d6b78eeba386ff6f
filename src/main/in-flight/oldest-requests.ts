import type { OpenRequest } from './request.js';

/** Collects the oldest of many requests, and one more, which is active; the others are counted. Nothing is made for those. */
export class OldestRequests {
  readonly #max: number;
  readonly #active: number | undefined;
  #count = 0;
  #found: OpenRequest[] = [];
  /** None that is newer is kept. */
  #latestMs = Number.POSITIVE_INFINITY;

  constructor(max: number, active: number | undefined) {
    this.#max = max;
    this.#active = active;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts a request; says whether it is to be added. */
  wants(startMs: number, id: number): boolean {
    this.#count += 1;
    return startMs <= this.#latestMs || id === this.#active;
  }

  add(request: OpenRequest): void {
    this.#found.push(request);
    if (this.#found.length < 2 * this.#max) return;
    this.#found = [...this.list()];
    this.#latestMs = this.#found[this.#max - 1]?.startMs ?? this.#latestMs;
  }

  /** Oldest first. */
  list(): readonly OpenRequest[] {
    return this.#found
      .sort((one, other) => one.startMs - other.startMs)
      .filter(({ id }, index) => index < this.#max || id === this.#active);
  }
}
