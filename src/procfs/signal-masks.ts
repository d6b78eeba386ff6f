import { constants } from 'node:os';
import { readText } from './read.js';

/** How signals are handled, by proc_pid_status(5): masks of their numbers. `blocked` is the main thread's. */
export interface SignalMasks {
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
}

export function parseSignalMasks(status: string): SignalMasks | undefined {
  const [blocked, ignored, caught] = ['SigBlk', 'SigIgn', 'SigCgt'].map((name) => findMask(name, status));
  if (blocked === undefined || ignored === undefined || caught === undefined) return undefined;
  return { blocked, ignored, caught };
}

/** Signals that no program blocks together, but for a moment: libuv and the C library do while they start a child. */
const AT_SPAWN = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGCHLD', 'SIGCONT', 'SIGTSTP', 'SIGWINCH'];

/**
 * Those of `signals` that the main thread blocks, so that they are never delivered; undefined while it starts a child.
 * proc_pid_status(5), `SigBlk`.
 */
export function findBlockedSignals(signals: readonly string[], root = '/proc'): readonly string[] | undefined {
  const blocked = findInOwnMask('SigBlk', [...AT_SPAWN, ...signals], root);
  return AT_SPAWN.every((signal) => blocked.includes(signal))
    ? undefined
    : blocked.filter((one) => signals.includes(one));
}

/** Those of `signals` that wait to be delivered to the process: proc_pid_status(5), `ShdPnd`. */
export function findUndeliveredSignals(signals: readonly string[], root = '/proc'): readonly string[] {
  return findInOwnMask('ShdPnd', signals, root);
}

function findInOwnMask(name: string, signals: readonly string[], root: string): readonly string[] {
  const mask = findMask(name, readText(`${root}/self/status`));
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

/** One field, without the others of the file: the agent looks five times a second. */
function findMask(name: string, status = ''): bigint | undefined {
  const [, digits] = new RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'm').exec(status) ?? [];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}
