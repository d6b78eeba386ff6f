/** The last moment that `Date` can hold, in milliseconds. */
const LAST_MS = 8.64e15;

/** A moment in ISO 8601; '' if it is not known, or if `Date` cannot hold it. */
export function toTime(ms: number | null): string {
  return ms !== null && Math.abs(ms) <= LAST_MS ? new Date(ms).toISOString() : '';
}
