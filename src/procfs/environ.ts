/** proc_pid_environ(5): the environment that the process was started with. */

import { readText } from './read.js';

/** Bytes read at most. The kernel allows megabytes; a report has no use for them. */
const MAX_BYTES = 256 * 1024;

/**
 * The start-up environment of this process: variables that were set later are not in it. For use when the main thread does not
 * answer. Undefined on other systems than Linux, or if a process may not read its own (after a change of user id).
 */
export function readEnviron(root = '/proc'): Record<string, string> | undefined {
  const text = readText(`${root}/self/environ`, MAX_BYTES);
  return text === undefined ? undefined : parseEnviron(text);
}

/** `NAME=value`, each ended by a NUL. As in getenv(3), the first of two equal names counts. */
export function parseEnviron(text: string): Record<string, string> {
  const environment: Record<string, string> = Object.create(null);
  for (const entry of text.split('\0')) {
    const equals = entry.indexOf('=');
    if (equals < 1) continue;
    environment[entry.slice(0, equals)] ??= entry.slice(equals + 1);
  }
  return { ...environment };
}
