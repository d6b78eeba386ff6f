/** How much of a report is printed: `text` counts alike things together, `full` tells each of them, `short` has the sections of the answer only. */
export type Detail = 'short' | 'text' | 'full';

/** How a section is printed. */
export interface View {
  /** @default 'text' */
  readonly detail?: Detail;
  /** The application's directory: but in `full`, its files have their path from there. */
  readonly root?: string | undefined;
}

/** Alike things that are told one by one: the oldest, or the most frequent. */
export const MAX_TOLD = 10;

export function isFull({ detail }: View): boolean {
  return detail === 'full';
}

/** A path as it is printed: of a file of the application, from its directory. */
export function showPath(path: string, { detail, root }: View): string {
  if (detail === 'full' || root === undefined || root === '') return path;
  const last = root.at(-1);
  const separator = root.includes('\\') ? '\\' : '/';
  const directory = last === separator ? root : root + separator;
  return path.startsWith(directory) ? path.slice(directory.length) : path;
}

/** `1 thread`, `3 threads`. */
export function showCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
