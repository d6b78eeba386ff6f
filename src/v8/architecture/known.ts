import type { Architecture } from './architecture.js';
import { ARM64 } from './arm64.js';
import { X64 } from './x64.js';

/** The kinds of processor that are understood, by Node's names for them (`process.arch`). */
export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ['x64', X64],
  ['arm64', ARM64],
]);
