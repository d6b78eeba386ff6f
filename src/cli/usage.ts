/** What the user got wrong, in one line; the command then exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something that is not as the command needs it, in one line; the command then exits with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** A port number. @throws UsageError */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`--port: expected 0 to 65535, got ${text}`);
  return port;
}
