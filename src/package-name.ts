const MODULES = '/node_modules/';

/**
 * The package that a file is of, the innermost of nested ones; undefined if it is of none. A path may come from elsewhere and be
 * of any length: one pattern for the whole of it would take the square of that in steps.
 */
export function packageOf(file: string): string | undefined {
  const at = Math.max(file.lastIndexOf(MODULES), file.lastIndexOf(MODULES.replaceAll('/', '\\')));
  const [name] = (at < 0 ? undefined : /^(?:@[^\\/]+[\\/])?[^\\/]+/.exec(file.slice(at + MODULES.length))) ?? [];
  return name?.replace('\\', '/');
}
