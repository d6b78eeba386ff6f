/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0, below `end`. */
  below(end: number): number;
  /** Whether a chance of one in `n` came true. */
  oneIn(n: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** `length` characters of `alphabet`. */
  word(length: number, alphabet?: string): string;
  bytes(length: number): Buffer;
}

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** mulberry32. */
export function seed(start: number): Random {
  let state = start >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  const pick = <T>(list: readonly T[]): T => {
    const one = list[below(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick,
    word: (length, alphabet = ALPHANUMERIC) =>
      Array.from({ length }, () => alphabet[below(alphabet.length)] ?? '').join(''),
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
