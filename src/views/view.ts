/**
 * How much of a report is printed: `text` counts alike things together, `full` tells each of them, `short` has the sections
 * of the answer only, `heap` the census alone.
 */
export type Detail = 'short' | 'text' | 'full' | 'heap';

/** How a section is printed. */
export interface View {
  /** @default 'text' */
  readonly detail?: Detail;
  /** The application's directory: except in `full`, its files have their path from there. */
  readonly root?: string | undefined;
}

/** Alike things that are told one by one: the oldest, or the most frequent. */
export const MAX_TOLD = 10;

export function isFull({ detail }: View): boolean {
  return detail === 'full';
}

/** A path as it is printed: of a file of the application, from its directory. */
export function showPath(path: string, { detail, root }: View): string {
  if (detail === 'full' || root === undefined || /^[\\/]?$/.test(root)) return path;
  const separator = root.includes('\\') ? '\\' : '/';
  const directory = root.endsWith(separator) ? root : root + separator;
  return path.startsWith(directory) ? path.slice(directory.length) : path;
}

/** `1 thread`, `3 threads`. */
export function showCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Stands before work that main's code runs in. */
export const MARK = '*';

/** The oldest of a list in order of age, and those that main's code runs in. */
export function chooseTold<One extends { readonly active: boolean }>(all: readonly One[]): One[] {
  return all.filter(({ active }, index) => active || index < MAX_TOLD);
}

/** `requests = 250, the oldest 100 shown`. @param counted how many of them are known, if not all */
export function showShown(what: string, count: number, shown: number, counted = count): string {
  const cut =
    shown < count ? `, the oldest ${shown} shown` : counted < count ? `, the oldest ${counted} counted here` : '';
  return `${what} = ${count}${cut}\n`;
}
