import { Backoff, type BackoffSettings } from './backoff.js';
import { Breaker } from './breaker.js';
import type { Entry } from './entry.js';
import type { Exporter } from './exporter.js';
import { type Failure, oneLine } from './http/failure.js';
import { Pending } from './pending.js';
import type { Batch, SignalKind } from './signals.js';
import {
  type Fate,
  sayGivenUp,
  sayKept,
  sayRefused,
  sayTaken,
  sayUnreadable,
  sayUnwanted,
  sayVanished,
  startAccount,
} from './wording.js';

/** How long and how much waits in memory while a collector takes nothing; the spool has its own bounds. */
export interface KeepSettings extends BackoffSettings {
  readonly maxReports: number;
  readonly maxBytes: number;
}

export const KEEP: KeepSettings = {
  firstPauseMs: 1000,
  maxPauseMs: 30_000,
  keepMs: 5 * 60_000,
  maxReports: 20,
  maxBytes: 16 * 1024 * 1024,
};

export interface OutboxSettings<Content> {
  readonly kind: SignalKind<Content>;
  readonly url: string;
  readonly exporter: Exporter;
  readonly keep: KeepSettings;
  /** How long the circuit breaker stays open once a server takes nothing of the kind; 0: it never opens. */
  readonly breakMs: number;
  readonly mask: (text: string) => string;
  /** Says the outcome for an entry after its first try. */
  readonly tell: (id: string, sentence: string, taken: boolean) => void;
}

export interface AddOptions {
  /** Of a crash: sent at once, beside others. */
  readonly isUrgent: boolean;
  /** Milliseconds to wait before the first try. */
  readonly delayMs: number;
  /** Called once, when the outbox is done with the entry. */
  readonly onEnd: () => void;
}

/**
 * The entries of one signal on their way. Each is tried once, one after the other. One that is not taken is kept; after a
 * pause the oldest is tried again, and when something has been taken, all are, but not before a server's `Retry-After`.
 */
export class Outbox<Content> {
  readonly #settings: OutboxSettings<Content>;
  readonly #pending = new Set<Pending>();
  readonly #backoff: Backoff;
  readonly #breaker: Breaker;
  #isClosing = false;
  #onEmpty = () => {};

  constructor(settings: OutboxSettings<Content>) {
    this.#settings = settings;
    this.#backoff = new Backoff(settings.keep, (isDue) => this.#wake(isDue));
    this.#breaker = new Breaker(settings.breakMs);
  }

  /** Why nothing is sent now; undefined if the circuit breaker is closed. */
  get openBreaker(): string | undefined {
    return this.#breaker.openReason;
  }

  /** Resolves with the outcome of the first try. Never rejects. */
  add(entry: Entry, { isUrgent, delayMs, onEnd }: AddOptions): Promise<Fate> {
    const { kind, url } = this.#settings;
    return new Promise((resolve) => {
      const one = new Pending(entry, { isUrgent, onEnd }, startAccount(kind.noun, url, entry), resolve);
      this.#pending.add(one);
      if (delayMs > 0) {
        one.isDue = false;
        const release = () => {
          one.isDue = true;
          this.#pump();
        };
        setTimeout(release, delayMs).unref();
      }
      this.#pump();
    });
  }

  /** Gives away the entries that were not taken: an outbox with other settings goes on with them. */
  handOver(): Entry[] {
    const kept = this.#inState('kept');
    for (const one of kept) this.#end(one, '');
    return kept.map(({ entry }) => entry);
  }

  /** Tries each kept entry once more, all at once; gives up those that are not taken within `boundMs`. */
  async close(boundMs: number): Promise<void> {
    this.#isClosing = true;
    this.#backoff.stop();
    for (const one of this.#inState('kept')) one.state = 'waiting';
    const emptied = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#pump();
    if (this.#pending.size > 0) {
      const bound = new Promise<void>((resolve) => void setTimeout(resolve, boundMs).unref());
      await Promise.race([emptied, bound]);
    }
    for (const one of [...this.#pending]) this.#giveUp(one, one.reason ?? 'no answer before the end');
    this.#settings.exporter.close();
  }

  #pump(): void {
    const due = this.#inState('waiting').filter(({ isDue }) => this.#isClosing || isDue);
    let isFree = !this.#inState('sending').some(({ isUrgent }) => !isUrgent);
    for (const one of due) {
      if (!isFree && !one.isUrgent && !this.#isClosing) continue;
      isFree &&= one.isUrgent;
      void this.#send(one);
    }
    this.#holdBounds();
  }

  async #send(one: Pending): Promise<void> {
    one.state = 'sending';
    const batches = this.#read(one);
    if (batches !== undefined) {
      const failure = await one.send(batches, this.#settings.exporter);
      // It was given up meanwhile: the outbox is closed.
      if (one.state !== 'sending') return;
      if (failure) this.#settleRefused(one, failure);
      else this.#settleTaken(one);
    }
    // The pause that the others wait for may have been the one that ended with this try.
    if (this.#inState('kept').length > 0) this.#backoff.schedule(0);
    this.#pump();
  }

  /** Ends the entry if its file cannot be read. */
  #read(one: Pending): readonly Batch[] | undefined {
    try {
      return one.read(this.#settings.kind);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const { place } = one.entry;
      // It may show what stands in the file.
      const reason = oneLine(message);
      if (code === 'ENOENT') this.#end(one, sayVanished(place));
      else this.#end(one, sayUnreadable(reason, place, this.#refuse(one, reason)));
      return undefined;
    }
  }

  #settleTaken(one: Pending): void {
    this.#backoff.reset();
    if (!this.#backoff.isHeld) for (const other of this.#inState('kept')) other.state = 'waiting';
    const sentence = sayTaken(one.account);
    const isWhole = one.account.rejected === 0;
    if (isWhole) one.attempt((entry) => entry.remove());
    else this.#refuse(one, sentence);
    this.#end(one, sentence, isWhole);
  }

  #settleRefused(one: Pending, failure: Failure): void {
    const { url, keep, breakMs } = this.#settings;
    one.reason = failure.reason;
    const change = this.#breaker.recordFailure(failure);
    if (change !== 'closed') {
      one.attempt((entry) => entry.remove());
      if (failure.unwanted === 'choice') this.#end(one, '', true);
      else this.#end(one, change === 'opened' ? sayUnwanted(one.account, failure.reason, breakMs) : '');
    } else if (!failure.retryable) {
      const aside = this.#refuse(one, `${url}: ${failure.reason}`);
      if (aside === undefined) this.#giveUp(one);
      else this.#end(one, sayRefused(one.account, failure.reason, aside));
    } else if (this.#isClosing) this.#giveUp(one);
    else {
      const dueMs = this.#backoff.schedule(failure.retryAfterMs ?? 0);
      one.state = 'kept';
      if (!one.entry.isStored && dueMs - one.madeMs > keep.keepMs) this.#giveUp(one);
      else if (one.isUntold) this.#say(one, sayKept(one.account, failure.reason, dueMs - performance.now()), false);
    }
  }

  /** Returns the directory that holds it now, if one does. */
  #refuse(one: Pending, reason: string): string | undefined {
    return one.attempt((entry) => entry.refuse(this.#settings.mask(reason)));
  }

  /** Entries in memory have their bound, and leases are to be renewed, before a try is due as well. */
  #wake(isDue: boolean): void {
    for (const one of this.#inState('kept')) {
      if (one.entry.isStored) one.attempt((entry) => entry.touch());
      else if (performance.now() - one.madeMs > this.#settings.keep.keepMs) this.#giveUp(one);
    }
    const [oldest] = this.#inState('kept');
    if (oldest === undefined) this.#backoff.stop();
    else if (isDue) oldest.state = 'waiting';
    this.#pump();
  }

  #holdBounds(): void {
    const { maxReports, maxBytes } = this.#settings.keep;
    const kept = this.#inState('kept').filter(({ entry }) => !entry.isStored);
    const resting = [...kept, ...this.#inState('waiting').filter(({ entry }) => !entry.isStored)];
    let bytes = resting.reduce((sum, { entry }) => sum + entry.bytes, 0);
    for (const [index, one] of resting.entries()) {
      if (kept.length - index <= maxReports && bytes <= maxBytes) return;
      bytes -= one.entry.bytes;
      this.#giveUp(one, `${one.reason ?? 'it waited for others'}; newer ones are kept`);
    }
  }

  #giveUp(one: Pending, reason = one.reason ?? 'no reason is known'): void {
    this.#end(one, sayGivenUp(one.account, reason));
    if (this.#isClosing) one.attempt((entry) => entry.release());
  }

  #end(one: Pending, sentence: string, taken = false): void {
    one.state = 'ended';
    this.#pending.delete(one);
    this.#say(one, sentence, taken);
    one.onEnd();
    if (this.#pending.size === 0) this.#onEmpty();
  }

  #say(one: Pending, sentence: string, taken: boolean): void {
    if (!one.tellFirst({ taken, sentence }) && sentence !== '') this.#settings.tell(one.entry.id, sentence, taken);
  }

  #inState(state: Pending['state']): readonly Pending[] {
    return [...this.#pending].filter((one) => one.state === state);
  }
}
