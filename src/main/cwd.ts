/** Where the process is; a directory that has been removed is told by an exception, which is nobody's fault here. */
export function readCwd(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
