import { constants } from 'node:os';
import { parseFields } from './fields.js';
import { readText } from './read.js';

/** How signals are handled, by proc_pid_status(5): masks of their numbers. `blocked` is the main thread's. */
export interface SignalMasks {
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
}

export function parseSignalMasks(status: string): SignalMasks | undefined {
  const fields = parseFields(status);
  const [blocked, ignored, caught] = ['SigBlk', 'SigIgn', 'SigCgt'].map((name) => parseMask(fields.get(name)));
  if (blocked === undefined || ignored === undefined || caught === undefined) return undefined;
  return { blocked, ignored, caught };
}

/** Which of these signals the main thread blocks, so that they are never delivered; proc_pid_status(5), `SigBlk`. */
export function findBlockedSignals(signals: readonly string[], root = '/proc'): readonly string[] {
  const mask = parseMask(parseFields(readText(`${root}/self/status`) ?? '').get('SigBlk'));
  return mask === undefined ? [] : signalsIn(mask, signals);
}

/** Which of these signals wait to be delivered to the process: proc_pid_status(5), `ShdPnd`. */
export function findUndeliveredSignals(signals: readonly string[], root = '/proc'): readonly string[] {
  const mask = parseMask(parseFields(readText(`${root}/self/status`) ?? '').get('ShdPnd'));
  return mask === undefined ? [] : signalsIn(mask, signals);
}

export function maskOf(signals: readonly string[]): bigint {
  return signals.reduce((mask, signal) => mask | bitOf(signal), 0n);
}

/** Those of `signals` that are in the mask. */
export function signalsIn(mask: bigint, signals: readonly string[]): string[] {
  return signals.filter((signal) => (mask & bitOf(signal)) !== 0n);
}

function bitOf(signal: string): bigint {
  const number = constants.signals[signal as NodeJS.Signals];
  return number === undefined ? 0n : 1n << BigInt(number - 1);
}

function parseMask(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]+$/.test(text) ? BigInt(`0x${text}`) : undefined;
}
