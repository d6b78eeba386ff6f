import { say } from '../stderr.js';

/** Says on stderr that `what` failed. @returns the reason */
export function tellFailure(what: string, error: unknown): string {
  const reason = `${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  say(`gmr: ${reason}`);
  return reason;
}
