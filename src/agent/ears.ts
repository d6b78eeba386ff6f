import type { Counters } from '../counters.js';
import { say } from '../stderr.js';
import { type SignalWatch, watchSignals } from '../triggers/signal.js';

export interface Ears {
  set(signals: readonly string[]): void;
  /** Main has heard `count` of that signal since it started. */
  heardByMain(signal: string, count: number): void;
}

/** Milliseconds that the agent has to hear what main has heard: both loops are told at once, and turn when they can. */
const GRACE_MS = 20;

/** The agent's own ears, and main's for what they miss; each signal counts once. */
export function createEars(
  counters: Counters,
  signals: readonly string[],
  onSignal: (signal: string, heardBy: 'agent' | 'main') => void,
): Ears {
  let watch: SignalWatch | undefined;
  const set = (wanted: readonly string[]) => {
    try {
      watch ??= watchSignals((signal) => {
        counters.countSignal(signal);
        onSignal(signal, 'agent');
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
    set,
    heardByMain(signal, count) {
      setTimeout(() => {
        if (count <= counters.signalsHeard(signal)) return;
        counters.setSignalsHeard(signal, count);
        onSignal(signal, 'main');
      }, GRACE_MS);
    },
  };
}
