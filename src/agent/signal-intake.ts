import type { SharedState } from '../shared-state.js';
import { say } from '../stderr.js';
import { type SignalWatch, watchSignals } from '../triggers/signal.js';

/** Takes the signals that make reports. */
export interface SignalIntake {
  /** Takes a signal that came before the agent listened. */
  heardBefore(signal: string): void;
  /** Takes a signal that the kernel has, but does not deliver. */
  heardUndelivered(signal: string): void;
  set(signals: readonly string[]): void;
  /** Main has heard `count` of that signal since it started. */
  heardByMain(signal: string, count: number): void;
}

/** Milliseconds that the agent has to receive a signal that main has received: both loops get it at once, and turn when they can. */
const GRACE_MS = 20;

/** Takes signals from the agent's own listeners, and from main's if those missed one; each signal counts once. */
export function createSignalIntake(
  shared: SharedState,
  signals: readonly string[],
  onSignal: (signal: string, heardBy: 'agent' | 'main') => void,
): SignalIntake {
  let watch: SignalWatch | undefined;
  /** Signals that were taken before this thread's own loop has heard them. */
  const early = new Set<string>();
  const take = (signal: string) => {
    shared.countSignal(signal);
    onSignal(signal, 'agent');
  };
  const set = (wanted: readonly string[]) => {
    try {
      watch ??= watchSignals((signal) => {
        // This signal was already taken, while the kernel or the pipe of this loop still had it.
        if (early.delete(signal)) return;
        take(signal);
      });
      watch.set(wanted);
    } catch (error) {
      watch = undefined;
      say(
        `gmr: signals are heard by the main thread only, and late while it is blocked (${(error as Error).message.split('\n')[0]})`,
      );
    }
  };
  set(signals);
  return {
    heardBefore(signal) {
      early.add(signal);
      take(signal);
      // If it came after this loop began to listen, the loop hears it in its next turn. This turn may be past its poll.
      setImmediate(() => setImmediate(() => early.delete(signal)));
    },
    heardUndelivered(signal) {
      if (early.has(signal)) return;
      early.add(signal);
      take(signal);
    },
    set,
    heardByMain(signal, count) {
      setTimeout(() => {
        if (count <= shared.signalsHeard(signal)) return;
        shared.setSignalsHeard(signal, count);
        onSignal(signal, 'main');
      }, GRACE_MS);
    },
  };
}
