import { setImmediate } from 'node:timers';
import { say } from '../stderr.js';
import { guarded, listen } from './listening.js';

export interface SignalListeners {
  /** Listens to exactly these. */
  set(signals: readonly string[]): void;
  /** How often main has heard each signal. */
  readonly heard: ReadonlyMap<string, number>;
}

/**
 * Main's own listeners. From the moment of setup they replace a signal's default action, which would end the process,
 * and forward the signals that the agent did not hear itself.
 */
export function createSignalListeners(forward: (signal: string) => void): SignalListeners {
  const heard = new Map<string, number>();
  const silence = new Map<string, () => void>();

  const start = (signal: string) => {
    let scheduled = false;
    const listener = guarded(signal, () => {
      heard.set(signal, (heard.get(signal) ?? 0) + 1);
      if (scheduled) return;
      scheduled = true;
      // A thousand signals in one turn of the loop are one message.
      setImmediate(onTurn).unref();
    });
    const onTurn = guarded(`a report on ${signal}`, () => {
      scheduled = false;
      forward(signal);
    });
    try {
      silence.set(signal, listen(signal, listener));
    } catch (error) {
      say(`gmr: ${signal} cannot be listened to (${(error as Error).message}): it makes no report`);
    }
  };

  return {
    heard,
    set(signals) {
      for (const [signal, stop] of silence) {
        if (signals.includes(signal)) continue;
        stop();
        silence.delete(signal);
      }
      for (const signal of signals) if (!silence.has(signal)) start(signal);
    },
  };
}
