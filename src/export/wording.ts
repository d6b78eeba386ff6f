import type { Entry } from './entry.js';

/** The outcome for a report's log records, or for its spans. */
export interface Fate {
  /** Whether all of them have been taken. */
  readonly taken: boolean;
  /** Empty if nothing is to be said. */
  readonly sentence: string;
}

/** The outcome for an entry so far. */
export interface Account {
  readonly noun: 'log record' | 'span';
  readonly url: string;
  readonly place: string;
  readonly isStored: boolean;
  /** Log records or spans; 0 until the entry was read. */
  total: number;
  /** Of them, those that no collector has yet. */
  left: number;
  rejected: number;
  /** The server's own words about those that it took. */
  message: string;
  /** Tries that failed. */
  failures: number;
}

export function startAccount(noun: Account['noun'], url: string, { place, isStored }: Entry): Account {
  return { noun, url, place, isStored, total: 0, left: 0, rejected: 0, message: '', failures: 0 };
}

export function sayTaken({ noun, url, total, rejected, message, failures }: Account): string {
  const tried = failures === 0 ? '' : ` at the ${toOrdinal(failures + 1)} try`;
  if (rejected > 0)
    return `${url} took ${total - rejected} of ${count(total, noun)}${tried} and rejected ${rejected}: ${message || 'no reason given'}`;
  return `${url} took ${count(total, noun)}${tried}${message === '' ? '' : ` (it says: ${message})`}`;
}

export function sayKept(account: Account, reason: string, againMs: number): string {
  const seconds = Math.max(1, Math.round(againMs / 1000));
  return `${account.url} did not take ${countLeft(account)} (${reason}): kept in ${account.place}, tried again in ${seconds} s`;
}

export function sayGivenUp(account: Account, reason: string): string {
  const { url, failures, isStored, place } = account;
  const rest = isStored ? `waiting in ${place}` : 'in the text only';
  if (failures === 0) return `${countLeft(account)} not sent to ${url} (${reason}): ${rest}`;
  const tries = failures === 1 ? '1 try' : `${failures} tries`;
  const word = isStored ? '' : 'given up ';
  return `${url} did not take ${countLeft(account)} (${reason}): ${word}after ${tries}, ${rest}`;
}

export function sayRefused(account: Account, reason: string, directory: string): string {
  return `${account.url} refused ${countLeft(account)} (${reason}): kept aside in ${directory}, gmr replay --refused sends it again`;
}

export function sayUnreadable(reason: string, place: string, aside: string | undefined): string {
  const rest = aside === undefined ? 'it stays there' : `kept aside in ${aside}`;
  return `not sent: its file in ${place} cannot be read (${reason}): ${rest}`;
}

export function sayVanished(place: string): string {
  return `not sent: its file is no longer in ${place}`;
}

/** The first time that a server takes nothing of the kind. */
export function sayUnwanted({ noun, url }: Account, reason: string, pauseMs: number): string {
  return `${url} takes no ${noun}s (${reason}): none are sent for ${Math.ceil(pauseMs / 60_000)} min`;
}

/** Not even tried. */
export function sayNotSent(isTrace: boolean, place: string | undefined, reason: string): string {
  const where = place === undefined ? 'in the text only' : `it waits in ${place}`;
  return `${isTrace ? 'its trace is ' : ''}not sent, ${where}: ${reason}`;
}

/** `A did not take 9 log records; B did not take 14 spans (…): …`: the end that both sentences share is said once. */
export function joinSentences(sentences: readonly string[]): string {
  const said = sentences.filter((sentence) => sentence !== '');
  const ends = said.map((sentence) => / \(.*$| at the \d+\w\w try$/s.exec(sentence)?.[0]);
  return said
    .map((sentence, n) => {
      const end = ends[n];
      return end !== undefined && end === ends[n + 1] ? sentence.slice(0, -end.length) : sentence;
    })
    .join('; ');
}

function countLeft({ left, total, noun }: Account): string {
  if (total === 0) return `its ${noun}s`;
  return left === total ? count(total, noun) : `${left} of ${count(total, noun)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function toOrdinal(n: number): string {
  const tens = Math.floor(n / 10) % 10;
  const ending = tens === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
