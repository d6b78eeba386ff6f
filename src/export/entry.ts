/** A report's log records, or its spans, on their way: in a file of the spool, or in memory. */
export interface Entry {
  readonly id: string;
  /** Empty for the log records, `traces` for the spans, `late-1` and on for records that came after the report. */
  readonly part: string;
  /** Where it waits: `memory`, or a directory. */
  readonly place: string;
  /** Whether it outlives the process. */
  readonly isStored: boolean;
  /** Bytes that it takes in memory. */
  readonly bytes: number;
  /** OTLP JSON Lines. @throws the system's error; Error if the file is not a report's */
  read(): readonly string[];
  /** Deletes it: a collector has it. */
  remove(): void;
  /** Quarantines it, with the reason: no collector will take it. Returns the directory that holds it, if one does. */
  refuse(reason: string): string | undefined;
  /** Renews its lease, for processes that cannot see this one. */
  touch(): void;
  /** Ends its lease: the next process may send it. */
  release(): void;
}

/** Part of a report with its spans. */
export const TRACES_PART = 'traces';

/** An entry that ends with the process. */
export function holdInMemory(id: string, part: string, lines: readonly string[]): Entry {
  return {
    id,
    part,
    place: 'memory',
    isStored: false,
    bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0),
    read: () => lines,
    remove: () => {},
    refuse: () => undefined,
    touch: () => {},
    release: () => {},
  };
}
