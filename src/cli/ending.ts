/** Signals with which a user, a terminal or a service manager ends a command. */
export const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The exit code is that of a shell. */
function exit(_: string, number: number): never {
  process.exit(128 + number);
}

/** Calls `clean` when the command exits, also by one of these signals. @returns a function that takes that back */
export function cleanAtEnd(clean: () => void): () => void {
  process.once('exit', clean);
  for (const signal of ENDING) process.once(signal, exit);
  return () => {
    process.off('exit', clean);
    for (const signal of ENDING) process.off(signal, exit);
  };
}
