/** The two shapes that the kernel's text files come in, and the objects made of them. */

/** `Name:<tab>value` or `name value`, a line each: /proc/<pid>/status, memory.events, cpu.stat. */
export function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([^\s:]+):?\s+(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && !fields.has(match[1])) {
      fields.set(match[1], match[2].trim());
    }
  }
  return fields;
}

/** The number at the head of a text; undefined for `max`, a missing text, or another text. */
export function parseNumber(text: string | undefined): number | undefined {
  const match = /^\s*(-?\d+)/.exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}

/** `1234 kB`, as /proc/<pid>/status gives sizes, in bytes. */
export function parseKilobytes(text: string | undefined): number | undefined {
  const kilobytes = parseNumber(text);
  return kilobytes === undefined ? undefined : kilobytes * 1024;
}

/** The same object without the fields that are undefined. */
export function definedOnly<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** Milliseconds to a hundredth: the clocks behind them give no more. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** The least of those that are there. */
export function tightest(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
