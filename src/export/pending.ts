import type { Entry } from './entry.js';
import type { Exporter } from './exporter.js';
import { describeError, type Failure } from './http/failure.js';
import { type Batch, packBatches, type SignalKind } from './signals.js';
import type { Account, Fate } from './wording.js';

/** An entry on its way. */
export class Pending {
  readonly entry: Entry;
  /** Of a crash: sent at once, beside others. */
  readonly isUrgent: boolean;
  readonly madeMs = performance.now();
  /** Whether it need not wait any longer for its first try. */
  isDue = true;
  readonly onEnd: () => void;
  state: 'waiting' | 'sending' | 'kept' | 'ended' = 'waiting';
  readonly account: Account;
  /** Of the last failure. */
  reason: string | undefined;
  /** Requests that have been taken. */
  #sent = 0;
  #tellFirst: ((fate: Fate) => void) | undefined;

  /** `tellFirst` gets the first outcome. */
  constructor(
    entry: Entry,
    { isUrgent, onEnd }: { readonly isUrgent: boolean; readonly onEnd: () => void },
    account: Account,
    tellFirst: (fate: Fate) => void,
  ) {
    this.entry = entry;
    this.isUrgent = isUrgent;
    this.onEnd = onEnd;
    this.account = account;
    this.#tellFirst = tellFirst;
  }

  /** Whether no outcome has been told yet. */
  get isUntold(): boolean {
    return this.#tellFirst !== undefined;
  }

  /** Returns false if another outcome has been told before. */
  tellFirst(fate: Fate): boolean {
    const tell = this.#tellFirst;
    this.#tellFirst = undefined;
    tell?.(fate);
    return tell !== undefined;
  }

  /** The requests that have not been taken. @throws the system's error; Error if the file is not a report's */
  read<Content>(kind: SignalKind<Content>): readonly Batch[] {
    const batches = packBatches(kind, this.entry.read());
    const left = batches.slice(this.#sent);
    this.account.total = countIn(batches);
    this.account.left = countIn(left);
    return left;
  }

  /** Sends the requests one after the other, until one fails or the entry is given up. Never rejects. */
  async send(batches: readonly Batch[], exporter: Exporter): Promise<Failure | undefined> {
    const { account } = this;
    for (const batch of batches) {
      const answer = await batch.toItems().then(
        (items) => exporter.send(items),
        (error: unknown) => ({ kind: 'refused' as const, failure: describeError(error) }),
      );
      if (this.state !== 'sending') return undefined;
      if (answer.kind === 'refused') {
        account.failures += 1;
        return answer.failure;
      }
      account.rejected += Math.min(answer.rejected, batch.count);
      account.message ||= answer.message;
      account.left -= batch.count;
      this.#sent += 1;
    }
    return undefined;
  }

  /** If its file cannot be changed, the next process sends it again: a backend can tell a report that comes twice. */
  attempt<T>(change: (entry: Entry) => T): T | undefined {
    try {
      return change(this.entry);
    } catch {
      return undefined;
    }
  }
}

function countIn(batches: readonly Batch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}
