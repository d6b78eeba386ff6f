/** Runs code that meets the program's objects, which may throw: undefined then. The program must not notice. */
export function quietly<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
