import { type Owner, showOwner } from './owner.js';

/** The directory in the spool that holds quarantined entries: no collector takes them. */
export const REFUSED = 'refused';

/** `SERVICE.TIME.ID[.PART].OWNER.jsonl` */
const NAME =
  /^([\w-]{1,60})\.(\d{13})\.([0-9a-f]{32})(?:\.([a-z]{1,20}(?:-\d{1,6})?))?\.(\d{1,10})-(\d{1,20})-([0-9a-f]{8})\.jsonl$/;

/** The parts of a file's name in the spool. */
export interface SpoolName {
  /** As `slug` makes it. */
  readonly service: string;
  /** Milliseconds since the epoch, 13 digits. */
  readonly time: string;
  readonly id: string;
  /** '' for the report's log records. */
  readonly part: string;
  readonly owner: Owner;
}

/** Undefined if the file is not the spool's. */
export function readName(name: string): SpoolName | undefined {
  const found = NAME.exec(name);
  if (!found) return undefined;
  const [, service = '', time = '', id = '', part = '', pid, started, place = ''] = found;
  return { service, time, id, part, owner: { pid: Number(pid), started: Number(started), place } };
}

/** @throws Error if `readName` would not know the name */
export function showName({ service, time, id, part, owner }: SpoolName): string {
  const name = `${[slug(service), time, id, part, showOwner(owner)].filter((word) => word !== '').join('.')}.jsonl`;
  if (!NAME.test(name)) throw new Error(`${name} is not the name of a report's file`);
  return name;
}

export function slug(service: string): string {
  return service.replace(/[^\w-]+/g, '_').slice(0, 60) || '_';
}
