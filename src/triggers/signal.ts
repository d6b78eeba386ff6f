import { constants } from 'node:os';

/** Node's own handle for one signal on one event loop. */
interface SignalHandle {
  onsignal: (signum: number) => void;
  start(signum: number): number;
  unref(): void;
  close(): void;
}

export interface SignalWatch {
  set(signals: readonly string[]): void;
}

/**
 * Hears signals on the calling thread's own event loop. libuv hands a signal to every loop that has a handle for it,
 * but `process.on` in a worker makes none (nodejs/node: signals are the main thread's); so the handle's class is taken
 * from Node's internals, for which the thread runs with `--expose-internals`. All that depends on that is in this file.
 *
 * @throws Error if this Node does not expose the class; main's listeners then forward each signal.
 */
export function watchSignals(onSignal: (signal: string) => void): SignalWatch {
  const { createRequire } = process.getBuiltinModule('node:module');
  // Any path will do: only a built-in module is asked for.
  const { internalBinding } = createRequire('/')('internal/test/binding') as {
    internalBinding(name: 'signal_wrap'): { Signal: new () => SignalHandle };
  };
  const { Signal } = internalBinding('signal_wrap');
  const handles = new Map<string, SignalHandle>();

  return {
    set(signals) {
      for (const [signal, handle] of handles) {
        if (signals.includes(signal)) continue;
        handle.close();
        handles.delete(signal);
      }
      for (const signal of signals) {
        const signum = constants.signals[signal as NodeJS.Signals];
        if (handles.has(signal) || signum === undefined) continue;
        const handle = new Signal();
        handle.onsignal = () => onSignal(signal);
        const failed = handle.start(signum);
        handles.set(signal, handle);
        if (failed === 0) continue;
        // The caller starts again then: a listener that stayed would hear each signal twice.
        for (const one of handles.values()) one.close();
        handles.clear();
        throw new Error(`${signal} could not be watched (${failed})`);
      }
    },
  };
}
