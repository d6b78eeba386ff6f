/** A program may put something else in its place later. */
const NativePromise = Promise;

/**
 * A promise that keeps the process alive from the first `await` or `then` on, until it is settled. To look at it, as a
 * debugger does, changes nothing.
 */
export class AwaitedPromise<T> extends Promise<T> {
  /** Promises that follow from it are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return NativePromise;
  }

  readonly #hold: () => void;
  readonly #release: () => void;
  #isAwaited = false;

  constructor(source: Promise<T>, hold: () => void, release: () => void) {
    super((resolve, reject) => source.then(resolve, reject));
    this.#hold = hold;
    this.#release = release;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (!this.#isAwaited) {
      this.#isAwaited = true;
      this.#hold();
      void super.then(this.#release, this.#release);
    }
    return super.then(onFulfilled, onRejected);
  }
}
