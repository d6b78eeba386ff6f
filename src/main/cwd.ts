/** The working directory; `/` if it was removed, since `process.cwd()` throws then. */
export function readCwd(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
