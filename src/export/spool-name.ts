import { type Owner, showOwner } from './owner.js';

/** The directory in the spool that holds what no collector will have. */
export const REFUSED = 'refused';

/** `SERVICE.TIME.ID[.PART].OWNER.jsonl` */
const NAME =
  /^([\w-]{1,60})\.(\d{13})\.([0-9a-f]{32})(?:\.([a-z]{1,20}(?:-\d{1,6})?))?\.(\d{1,10})-(\d{1,20})-([0-9a-f]{8})\.jsonl$/;

/** What the name of a file in the spool says. */
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

/** Undefined for a file that is none of the spool's. */
export function readName(name: string): SpoolName | undefined {
  const found = NAME.exec(name);
  if (!found) return undefined;
  const [, service = '', time = '', id = '', part = '', pid, started, place = ''] = found;
  return { service, time, id, part, owner: { pid: Number(pid), started: Number(started), place } };
}

/** @throws Error for what would make no name that `readName` knows. */
export function showName({ service, time, id, part, owner }: SpoolName): string {
  const name = `${[slug(service), time, id, part, showOwner(owner)].filter((word) => word !== '').join('.')}.jsonl`;
  if (!NAME.test(name)) throw new Error(`${name} is no name of a report's file`);
  return name;
}

export function slug(service: string): string {
  return service.replace(/[^\w-]+/g, '_').slice(0, 60) || '_';
}
