declare global {
  /** Prints the stack; given by the test. */
  var captureHere: () => void;
}

const DISCOUNT = 0.9;

/** Where the program is stuck, as far as the tests are concerned. */
export function applyDiscount(total: number): number {
  const discounted = total * DISCOUNT;
  globalThis.captureHere();
  return discounted;
}
