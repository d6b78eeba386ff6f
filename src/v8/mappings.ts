import { readText } from '../procfs/read.js';

/** A run of this process's addresses: proc_pid_maps(5). */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** `rw-p`, `r-xp`, … */
  readonly permissions: string;
  /** In its file. */
  readonly offset: number;
  readonly inode: number;
  /** A path, `[stack]`, `[heap]`, `[anon:…]`, or empty. */
  readonly name: string;
}

/** A process with many threads and much generated code has thousands of lines. */
const MAX_BYTES = 8 * 1024 * 1024;

export function readMappings(): readonly Mapping[] {
  const text = readText('/proc/self/maps', MAX_BYTES, 'latin1') ?? '';
  return text.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ (\d+)\s*(.*)$/.exec(line);
    if (!match) return [];
    const [, start = '', end = '', permissions = '', offset = '', inode = '', name = ''] = match;
    return [
      {
        start: Number.parseInt(start, 16),
        end: Number.parseInt(end, 16),
        permissions,
        offset: Number.parseInt(offset, 16),
        inode: Number(inode),
        name,
      },
    ];
  });
}

export function findMapping(mappings: readonly Mapping[], address: number): Mapping | undefined {
  return mappings.find(({ start, end }) => address >= start && address < end);
}
