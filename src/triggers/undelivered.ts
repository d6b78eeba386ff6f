/** Milliseconds between two looks; a signal that two of them find is kept. */
const LOOK_MS = 200;

export interface UndeliveredWatch {
  close(): void;
}

/**
 * A main thread in an uninterruptible wait, as for a hung file system, keeps the process's signals for itself, and no
 * other thread hears them. `find` lists those that the kernel has not delivered; `onKept` gets each that stays so.
 */
export function watchUndelivered(find: () => readonly string[], onKept: (signal: string) => void): UndeliveredWatch {
  let last: readonly string[] = [];
  const timer = setInterval(() => {
    const now = find();
    for (const signal of now) if (last.includes(signal)) onKept(signal);
    last = now;
  }, LOOK_MS).unref();
  return { close: () => clearInterval(timer) };
}
