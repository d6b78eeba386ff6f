import type { Batch } from './batch.js';
import { type Failure, oneLine } from './failure.js';
import type { Answer, Sender } from './sender.js';
import {
  bytesOf,
  type Cargo,
  createShipment,
  type Fate,
  loadBatches,
  type Shipment,
  type Stored,
  sayAside,
  sayGivenUp,
  sayKept,
  sayTaken,
} from './shipment.js';

/** How long and how much is kept in memory while a collector takes nothing; what is on disk has the spool's bounds. */
export interface KeepSettings {
  /** Before the first try of our own, once the exporter has given up; doubled for each that fails. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  readonly keepMs: number;
  readonly maxReports: number;
  readonly maxBytes: number;
}

export const KEEP: KeepSettings = {
  firstPauseMs: 2000,
  maxPauseMs: 30_000,
  keepMs: 5 * 60_000,
  maxReports: 20,
  maxBytes: 16 * 1024 * 1024,
};

/** Exports at a time: a collector that hangs holds one for 10 s. */
const MAX_FLYING = 10;
/** A server that asks to be left alone for longer is asked again by then. */
const MAX_ASKED_MS = 3_600_000;

export interface Queue {
  /** Resolves with what became of the first try; `onEnd`: it is off our hands. */
  add(id: string, batches: readonly Batch[], stored: Stored | undefined, onEnd: () => void): Promise<Fate>;
  /** One last try of what is kept; what is not taken within `boundMs` is given up. */
  close(boundMs: number): Promise<void>;
}

interface QueueOptions {
  readonly sender: Sender;
  readonly cargo: Cargo;
  readonly keep: KeepSettings;
  /** Of what became of a report after its first try. */
  readonly tell: (id: string, sentence: string) => void;
  /** What is said where a failure means that nothing of the kind is taken there, and what it hit is to be dropped. */
  readonly hearUnwanted: (failure: Failure, cargo: Cargo) => string | undefined;
}

/**
 * Every report is tried at once. What is not taken is kept; after a pause the oldest is tried again, and when
 * something has been taken, all are, but not before a server's `Retry-After`.
 */
export function createQueue({ sender, cargo, keep, tell, hearUnwanted }: QueueOptions): Queue {
  const shipments = new Set<Shipment>();
  let pauses = 0;
  let timer: { readonly handle: NodeJS.Timeout; readonly dueMs: number } | undefined;
  /** What the server asked for with `Retry-After`. */
  let heldUntilMs = 0;
  let closing = false;
  let onEmpty = () => {};
  const releases: Promise<unknown>[] = [];

  const inState = (state: Shipment['state']) => [...shipments].filter((shipment) => shipment.state === state);

  const announce = (shipment: Shipment, sentence: string, taken = false) => {
    if (shipment.tellFirst) shipment.tellFirst({ taken, sentence });
    else if (sentence !== '') tell(shipment.id, sentence);
    shipment.tellFirst = undefined;
  };

  const end = (shipment: Shipment, sentence: string, taken = false) => {
    shipment.state = 'ended';
    shipments.delete(shipment);
    announce(shipment, sentence, taken);
    shipment.onEnd();
    if (shipments.size === 0) onEmpty();
  };
  const giveUp = (shipment: Shipment, reason = shipment.failure?.reason ?? 'no reason is known') => {
    end(shipment, sayGivenUp(shipment, reason));
    if (closing) releases.push(settleFile(shipment, (stored) => stored.release()));
  };
  /** What its file comes to; where that fails, the next process meets the file again, and a report that comes twice is known. */
  const settleFile = (shipment: Shipment, action: (stored: Stored) => Promise<void>): Promise<boolean> =>
    shipment.stored
      ? action(shipment.stored).then(
          () => true,
          () => false,
        )
      : Promise.resolve(false);

  const pump = () => {
    const free = closing ? Number.POSITIVE_INFINITY : MAX_FLYING - inState('flying').length;
    for (const shipment of inState('waiting').slice(0, free)) void fly(shipment);
    holdBounds();
  };

  const fly = async (shipment: Shipment) => {
    shipment.state = 'flying';
    let answer: Answer | undefined;
    try {
      await loadBatches(shipment);
    } catch (error) {
      await settleUnreadable(shipment, error as NodeJS.ErrnoException);
      return pump();
    }
    for (let batch = shipment.batches[0]; batch; batch = shipment.batches[0]) {
      shipment.attempt = sender.start(batch.items, (failure, againMs) => hearRetry(shipment, failure, againMs));
      answer = await shipment.attempt.answer;
      if (shipments.has(shipment) === false) return;
      shipment.failures += answer.failures;
      if (answer.kind === 'refused') break;
      shipment.rejected += answer.rejected;
      shipment.message ||= answer.message;
      shipment.batches.shift();
      shipment.sent += 1;
    }
    if (answer?.kind === 'refused') await settleRefused(shipment, answer.failure);
    else await settleTaken(shipment);
    pump();
  };

  /** The exporter goes on by itself; whoever asked for the report is told now. */
  const hearRetry = (shipment: Shipment, failure: Failure, againMs: number) => {
    shipment.failure = failure;
    if (closing) shipment.attempt?.abandon();
    else if (shipment.tellFirst) announce(shipment, sayKept(shipment, againMs));
  };

  const settleTaken = async (shipment: Shipment) => {
    pauses = 0;
    if (performance.now() >= heldUntilMs) for (const other of inState('kept')) other.state = 'waiting';
    await settleFile(shipment, (stored) =>
      shipment.rejected > 0 ? stored.setAside(sayTaken(shipment)) : stored.remove(),
    );
    if (shipments.has(shipment)) end(shipment, sayTaken(shipment), shipment.rejected === 0);
  };

  const settleUnreadable = async (shipment: Shipment, error: NodeJS.ErrnoException) => {
    // It may show what stands in the file.
    const reason = oneLine(error.message);
    const place = shipment.stored?.place ?? '';
    if (error.code === 'ENOENT') return end(shipment, `not sent: its file has gone from ${place}`);
    const aside = await settleFile(shipment, (stored) => stored.setAside(reason));
    const where = aside ? `kept aside in ${place}/refused` : 'it stays there';
    end(shipment, `not sent: its file in ${place} cannot be read (${reason}): ${where}`);
  };

  const settleRefused = async (shipment: Shipment, failure: Failure) => {
    shipment.failure = failure;
    const unwanted = hearUnwanted(failure, cargo);
    if (unwanted !== undefined) {
      await settleFile(shipment, (stored) => stored.remove());
      if (shipments.has(shipment)) end(shipment, unwanted);
      return;
    }
    if (!failure.retryable) {
      const { stored } = shipment;
      if (stored === undefined) return giveUp(shipment);
      const aside = await settleFile(shipment, () => stored.setAside(`${cargo.url}: ${failure.reason}`));
      if (!shipments.has(shipment)) return;
      return aside ? end(shipment, sayAside(shipment, failure.reason)) : giveUp(shipment);
    }
    if (closing) {
      if (!shipment.relaunched) return giveUp(shipment);
      shipment.relaunched = false;
      shipment.state = 'waiting';
      return;
    }
    const dueMs = schedule(failure.retryAfterMs ?? 0);
    if (!shipment.stored && dueMs - shipment.madeMs > keep.keepMs) return giveUp(shipment);
    shipment.state = 'kept';
    if (shipment.tellFirst) announce(shipment, sayKept(shipment, dueMs - performance.now()));
    // From here on it is in its file, and costs no memory.
    if (shipment.stored) shipment.batches.length = 0;
  };

  /** When the next try is due: the one that is due already stands, unless the server asks for a later one. */
  const schedule = (askedMs: number): number => {
    const nowMs = performance.now();
    if (askedMs > 0) heldUntilMs = Math.max(heldUntilMs, nowMs + Math.min(askedMs, MAX_ASKED_MS));
    if (timer) return timer.dueMs >= heldUntilMs ? timer.dueMs : arm(heldUntilMs);
    const spread = 0.8 + 0.4 * Math.random();
    const pauseMs = Math.min(keep.firstPauseMs * 2 ** pauses, keep.maxPauseMs) * spread;
    pauses += 1;
    return arm(Math.max(heldUntilMs, nowMs + pauseMs));
  };

  /** Wakes before that, where it is long: what is kept in memory has its bound, and files are to be touched. */
  const arm = (dueMs: number): number => {
    clearTimeout(timer?.handle);
    const handle = setTimeout(retry, Math.min(dueMs - performance.now(), keep.keepMs)).unref();
    timer = { handle, dueMs };
    return dueMs;
  };

  const retry = () => {
    const dueMs = timer?.dueMs ?? 0;
    timer = undefined;
    for (const shipment of inState('kept')) {
      if (shipment.stored) void settleFile(shipment, (stored) => stored.touch());
      else if (performance.now() - shipment.madeMs > keep.keepMs) giveUp(shipment);
    }
    const oldest = inState('kept')[0];
    if (oldest && performance.now() < dueMs) return void arm(dueMs);
    if (oldest) oldest.state = 'waiting';
    pump();
  };

  const holdBounds = () => {
    const kept = inState('kept').filter(({ stored }) => stored === undefined);
    const resting = [...kept, ...inState('waiting').filter(({ stored }) => stored === undefined)];
    let bytes = resting.reduce((sum, shipment) => sum + bytesOf(shipment), 0);
    for (const [index, shipment] of resting.entries()) {
      if (kept.length - index <= keep.maxReports && bytes <= keep.maxBytes) return;
      bytes -= bytesOf(shipment);
      giveUp(shipment, `${shipment.failure?.reason ?? 'it waited for others'}; newer ones are kept`);
    }
  };

  return {
    add: (id, batches, stored, onEnd) =>
      new Promise((resolve) => {
        shipments.add(createShipment({ id, cargo, stored, onEnd }, batches, resolve));
        pump();
      }),
    async close(boundMs) {
      closing = true;
      clearTimeout(timer?.handle);
      const emptied = new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      for (const shipment of inState('kept')) shipment.state = 'waiting';
      // It has failed, and sits in a pause of the exporter's: there is no time for that.
      for (const shipment of inState('flying').filter(({ failure }) => failure !== undefined)) {
        shipment.relaunched = true;
        shipment.attempt?.abandon();
      }
      pump();
      if (shipments.size > 0) {
        const bound = new Promise<void>((resolve) => void setTimeout(resolve, boundMs).unref());
        await Promise.race([emptied, bound]);
      }
      for (const shipment of [...shipments]) {
        giveUp(shipment, shipment.failure?.reason ?? 'no answer before the end');
      }
      await Promise.all(releases);
      sender.close();
    },
  };
}
