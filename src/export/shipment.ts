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

/** What became of a report's log records, or of its spans. */
export interface Fate {
  /** All of them have been taken. */
  readonly taken: boolean;
  /** Empty where there is nothing to be said. */
  readonly sentence: string;
}

/** What a report's shipment is of, and where it goes. */
export interface Cargo {
  readonly noun: 'record' | 'span';
  readonly url: string;
}

/** A report's log records, or its spans, on their way. */
export interface Shipment {
  readonly id: string;
  readonly cargo: Cargo;
  /** Records or spans; 0 until a file has been read. */
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
  tellFirst: ((fate: Fate) => void) | undefined;
  /** It is off our hands. */
  readonly onEnd: () => void;
}

export function createShipment(
  about: Pick<Shipment, 'id' | 'cargo' | 'stored' | 'onEnd'>,
  batches: readonly Batch[],
  tellFirst: (fate: Fate) => void,
): Shipment {
  return {
    ...about,
    total: countIn(batches),
    sent: 0,
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

export function sayTaken(shipment: Shipment): string {
  const { cargo, total, rejected, message, failures } = shipment;
  const { url } = cargo;
  const tried = failures === 0 ? '' : ` at the ${toOrdinal(failures + 1)} try`;
  if (rejected > 0)
    return `${total - rejected} of ${countItems(total, cargo)} taken by ${url}${tried}, ${rejected} rejected: ${message || 'no reason given'}`;
  return `${countItems(total, cargo)} taken by ${url}${tried}${message === '' ? '' : ` (it says: ${message})`}`;
}

export function sayKept(shipment: Shipment, againMs: number): string {
  const { url } = shipment.cargo;
  const seconds = Math.max(1, Math.round(againMs / 1000));
  const place = shipment.stored?.place ?? 'memory';
  return `${countLeft(shipment)} not taken by ${url} (${shipment.failure?.reason}): kept in ${place}, tried again in ${seconds} s`;
}

export function sayGivenUp(shipment: Shipment, reason: string): string {
  const { failures, stored, cargo } = shipment;
  const { url } = cargo;
  const rest = stored ? `they wait in ${stored.place}` : 'they are in the text only';
  if (failures === 0) return `${countLeft(shipment)} not sent to ${url} (${reason}): ${rest}`;
  const tries = failures === 1 ? '1 try' : `${failures} tries`;
  const word = stored ? 'not sent' : 'given up';
  return `${countLeft(shipment)} ${word} after ${tries}, not taken by ${url} (${reason}): ${rest}`;
}

export function sayAside(shipment: Shipment, reason: string): string {
  return `${countLeft(shipment)} refused by ${shipment.cargo.url} (${reason}): kept aside in ${shipment.stored?.place}/refused, gmr replay --refused sends it again`;
}

function countIn(batches: readonly Batch[]): number {
  return batches.reduce((sum, { items }) => sum + items.length, 0);
}

function countLeft({ batches, total, cargo }: Shipment): string {
  if (batches.length === 0) return total === 0 ? 'it was' : countItems(total, cargo);
  const left = countIn(batches);
  return left === total ? countItems(total, cargo) : `${left} of ${countItems(total, cargo)}`;
}

function countItems(count: number, { noun }: Cargo): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function toOrdinal(n: number): string {
  const tens = Math.floor(n / 10) % 10;
  const ending = tens === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
