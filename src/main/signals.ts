import { say } from '../stderr.js';

export interface SignalListeners {
  /** Listens to these, and to no others. */
  set(signals: readonly string[]): void;
  /** How often each has been heard by main. */
  readonly heard: ReadonlyMap<string, number>;
}

/**
 * Main's own ears. They stand between a signal and its default action, which is death, from the moment of setup, and
 * forward what the agent did not hear itself.
 */
export function createSignalListeners(forward: (signal: string) => void): SignalListeners {
  const heard = new Map<string, number>();
  const listeners = new Map<string, () => void>();

  const listen = (signal: string) => {
    let scheduled = false;
    const listener = () => {
      heard.set(signal, (heard.get(signal) ?? 0) + 1);
      if (scheduled) return;
      scheduled = true;
      // A thousand signals in one turn of the loop are one message.
      setImmediate(() => {
        scheduled = false;
        forward(signal);
      }).unref();
    };
    try {
      process.on(signal, listener);
      listeners.set(signal, listener);
    } catch (error) {
      say(`gmr: ${signal} cannot be listened to (${(error as Error).message}): it makes no report`);
    }
  };

  return {
    heard,
    set(signals) {
      for (const [signal, listener] of listeners) {
        if (signals.includes(signal)) continue;
        process.off(signal, listener);
        listeners.delete(signal);
      }
      for (const signal of signals) if (!listeners.has(signal)) listen(signal);
    },
  };
}
