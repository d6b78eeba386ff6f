let own: string | undefined;

/** Main's share of this package is one file; its path distinguishes its frames from the program's. */
export function setOwnFile(path: string): void {
  own = path;
}

/** Whether a frame's file, a path or a `file:` URL, is that one. */
export function isOwnFile(file: string): boolean {
  return own !== undefined && (file === own || file === `file://${own}`);
}
