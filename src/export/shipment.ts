import type { Batch } from './batch.js';
import type { Failure } from './failure.js';
import type { Attempt } from './sender.js';

/** A report's file in the spool. */
export interface Stored {
  /** The directory. */
  readonly place: string;
  load(): Promise<readonly Batch[]>;
  remove(): Promise<void>;
  setAside(reason: string): Promise<void>;
  touch(): Promise<void>;
  release(): Promise<void>;
}

/** A report on its way. */
export interface Shipment {
  readonly id: string;
  /** Records; 0 until a file has been read. */
  total: number;
  /** Batches that have been taken. */
  sent: number;
  readonly stored: Stored | undefined;
  readonly madeMs: number;
  /** `waiting` for its turn, `flying`, `kept` for another try. */
  state: 'waiting' | 'flying' | 'kept' | 'ended';
  /** What is left to be sent; empty while it is only in its file. */
  readonly batches: Batch[];
  failures: number;
  rejected: number;
  message: string;
  /** Of the last try that failed. */
  failure: Failure | undefined;
  attempt: Attempt | undefined;
  /** Abandoned in order to be tried once more. */
  relaunched: boolean;
  /** Resolves what `send` returned; undefined when it has. */
  tellFirst: ((sentence: string) => void) | undefined;
}

export function createShipment(
  id: string,
  batches: readonly Batch[],
  stored: Stored | undefined,
  tellFirst: (sentence: string) => void,
): Shipment {
  return {
    id,
    total: countIn(batches),
    sent: 0,
    stored,
    madeMs: performance.now(),
    state: 'waiting',
    batches: [...batches],
    failures: 0,
    rejected: 0,
    message: '',
    failure: undefined,
    attempt: undefined,
    relaunched: false,
    tellFirst,
  };
}

/** Reads what is left to be sent from its file, where it is not in memory. @throws as the file's `load` does */
export async function loadBatches(shipment: Shipment): Promise<void> {
  if (shipment.batches.length > 0 || shipment.stored === undefined) return;
  const batches = await shipment.stored.load();
  shipment.total = countIn(batches);
  shipment.batches.push(...batches.slice(shipment.sent));
}

export function bytesOf(shipment: Shipment): number {
  return shipment.batches.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function sayTaken(shipment: Shipment, url: string): string {
  const { total, rejected, message, failures } = shipment;
  const tried = failures === 0 ? '' : ` at the ${toOrdinal(failures + 1)} try`;
  if (rejected > 0)
    return `${total - rejected} of ${countRecords(total)} taken by ${url}${tried}, ${rejected} rejected: ${message || 'no reason given'}`;
  return `${countRecords(total)} taken by ${url}${tried}${message === '' ? '' : ` (it says: ${message})`}`;
}

export function sayKept(shipment: Shipment, url: string, againMs: number): string {
  const seconds = Math.max(1, Math.round(againMs / 1000));
  const place = shipment.stored?.place ?? 'memory';
  return `${countLeft(shipment)} not taken by ${url} (${shipment.failure?.reason}): kept in ${place}, tried again in ${seconds} s`;
}

export function sayGivenUp(shipment: Shipment, url: string, reason: string): string {
  const { failures, stored } = shipment;
  const rest = stored ? `they wait in ${stored.place}` : 'they are in the text only';
  if (failures === 0) return `${countLeft(shipment)} not sent to ${url} (${reason}): ${rest}`;
  const tries = failures === 1 ? '1 try' : `${failures} tries`;
  const word = stored ? 'not sent' : 'given up';
  return `${countLeft(shipment)} ${word} after ${tries}, not taken by ${url} (${reason}): ${rest}`;
}

export function sayAside(shipment: Shipment, url: string, reason: string): string {
  return `${countLeft(shipment)} refused by ${url} (${reason}): kept aside in ${shipment.stored?.place}/refused, gmr replay --refused sends it again`;
}

function countIn(batches: readonly Batch[]): number {
  return batches.reduce((sum, { records }) => sum + records.length, 0);
}

function countLeft({ batches, total }: Shipment): string {
  if (batches.length === 0) return total === 0 ? 'it was' : countRecords(total);
  const left = countIn(batches);
  return left === total ? countRecords(total) : `${left} of ${countRecords(total)}`;
}

function countRecords(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}

function toOrdinal(n: number): string {
  const tens = Math.floor(n / 10) % 10;
  const ending = tens === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
