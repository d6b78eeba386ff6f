/** A mistake in the arguments, in one line; the command then exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A condition that the command cannot work in, in one line; the command then exits with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** A port number. @throws UsageError */
export function readPort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`${option}: expected a port from 0 to 65535, got ${quote(text)}`);
}

/**
 * A host or a path, which cannot be empty: an empty host would mean all addresses, an empty directory the current one.
 *
 * @throws UsageError
 */
export function readName(option: string, text: string): string {
  if (text.trim() === '') throw new UsageError(`${option}: expected a value, got ${quote(text)}`);
  return text;
}

/** A whole number, 0 or more. @throws UsageError */
export function readCount(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${option}: expected a whole number, got ${quote(text)}`);
}

const UNITS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration such as `200ms`, `10min` or `2h`. @returns milliseconds, NaN for another text */
export function parseDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9})\s?(ms|s|min|m|h|d)$/.exec(text.trim()) ?? [];
  return number === '' ? Number.NaN : Number(number) * (UNITS[unit] ?? Number.NaN);
}

/** As `parseDuration`. @throws UsageError */
function readDuration(option: string, text: string): number {
  const ms = parseDuration(text);
  if (Number.isFinite(ms)) return ms;
  throw new UsageError(`${option}: expected a duration such as 200ms, 10min or 2h, got ${quote(text)}`);
}

const LONGEST_PAUSE_MS = 3_600_000;

/** A duration of an hour at most: timers do not count to a month. @returns milliseconds @throws UsageError */
export function readPause(option: string, text: string): number {
  const ms = readDuration(option, text);
  if (ms > LONGEST_PAUSE_MS) throw new UsageError(`${option}: expected an hour at most, got ${text}`);
  return ms;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
