export interface Timed {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
}

/** By time; things with the same time by id, so that each reader finds the same order. */
export function compareByTime(a: Timed, b: Timed): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** Inserts a thing at its place. That is cheap at the end, and most things come nearly in the order of their times. */
export function insertByTime<T extends Timed>(order: T[], thing: T): void {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareByTime(order[middle] as T, thing) < 0) low = middle + 1;
    else high = middle;
  }
  order.splice(low, 0, thing);
}
