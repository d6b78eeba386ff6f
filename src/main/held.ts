import { isMainThread } from 'node:worker_threads';
import { say } from '../stderr.js';
import type { Armed } from './armed.js';
import type { AutorunOptions } from './autorun-options.js';
import { createRegistry, type Registry } from './registry.js';

/** The state of this process, which all loaded copies of this package share. */
export interface Held {
  readonly registry: Registry;
  options: AutorunOptions;
  armed?: Armed;
  /** Why it could not be armed. */
  problem?: string;
  /** Whether signals make reports, not only the API. */
  listens: boolean;
  /** Problems that stderr has a line of. */
  told: Set<string>;
}

const HELD = Symbol.for('guru-meditation.held.1');

export function held(): Held {
  const global = globalThis as unknown as { [HELD]?: Held };
  if (global[HELD]) return global[HELD];
  alone ??= { registry: createRegistry(), options: {}, listens: false, told: new Set() };
  Reflect.set(global, HELD, alone);
  return alone;
}

/** The state of this copy alone: other copies cannot find it if the global object is frozen. */
let alone: Held | undefined;

export function tellOnce(state: Held, problem: string): void {
  if (state.told.has(problem)) return;
  state.told.add(problem);
  say(`gmr: ${problem}`);
}

/** The reason why this process is not armed. */
export function tellUnarmed({ problem }: Held): string {
  return problem ?? (isMainThread ? 'GMR_ENABLED is false' : 'only the main thread is armed');
}
