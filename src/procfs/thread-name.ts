/**
 * The agent thread's name, by which the kernel shows to everyone on the machine, out of any container, that a process
 * answers: `gmr:a00:1f3b5d7`, the signals that make a report as a mask in the notation of `SigCgt`, then as much of the
 * service's hash as fits. No file has to be written, which could be denied, or left behind by a process that was killed.
 */

import { writeFileSync } from 'node:fs';
import { SIGNALS } from '../setting-kinds.js';
import { maskOf, signalsIn } from './signal-masks.js';

/** The facts in an agent thread's name. */
export interface Mark {
  /** Undefined if the thread has the name that Node gave it. */
  readonly signals: readonly string[] | undefined;
  /** The first digits of the service's hash. */
  readonly serviceHash: string;
}

/** `TASK_COMM_LEN`, less the NUL. */
const MAX_NAME_BYTES = 15;
const NAME = /^gmr:([0-9a-f]{1,8}):([0-9a-f]{1,12})$/;
/** The worker's own name, which Node gives to the kernel from 24 on. */
const NODES_NAME = 'guru-meditation';

/** Names the calling thread. Does nothing if that is not possible: on other systems than Linux, and under `--permission`. */
export function nameThread(signals: readonly string[], service: string, root = '/proc'): void {
  try {
    writeFileSync(`${root}/thread-self/comm`, formatMark(signals, service));
  } catch {
    // It answers all the same; `gmr ps` sees less of it.
  }
}

export function formatMark(signals: readonly string[], service: string): string {
  const head = `gmr:${maskOf(signals).toString(16)}:`;
  return head + hashService(service).slice(0, MAX_NAME_BYTES - head.length);
}

/** Reads an agent thread's name; undefined for another thread's. */
export function parseMark(name: string): Mark | undefined {
  if (name === NODES_NAME) return { signals: undefined, serviceHash: '' };
  const [, mask, serviceHash] = NAME.exec(name) ?? [];
  if (mask === undefined || serviceHash === undefined) return undefined;
  return { signals: signalsIn(BigInt(`0x${mask}`), SIGNALS), serviceHash };
}

/** Whether the name contains that service; false if it contains no service. */
export function isOfService({ serviceHash }: Mark, service: string): boolean {
  return serviceHash !== '' && hashService(service).startsWith(serviceHash);
}

/** FNV-1a of 64 bits, in hex digits: Node's crypto module would be 3 MiB of memory in each armed process. */
function hashService(service: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(service)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
