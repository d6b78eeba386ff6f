/** Work that may be left after each step, and gone on with later. */
export type Steps<T> = Generator<void, T, void>;

/** Goes on with it until it has ended, or `isOver`; undefined in that case. */
export function goOn<T>(steps: Steps<T>, isOver: () => boolean): T | undefined {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (isOver()) return undefined;
  }
}
