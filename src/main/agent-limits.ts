import type { ResourceLimits } from 'node:worker_threads';

/** Of the agent's heap, in MB. */
export const AGENT_LIMITS = {
  /**
   * Beyond it the thread ends, and is started again. It is twice the need of the largest report that was seen. A single
   * allocation beyond the limit ends the whole process, without a warning of V8, so the size of a report is bounded far below:
   * see agent/items.ts, frames/file-cache.ts.
   */
  maxOldGenerationSizeMb: 512,
  /**
   * Node allows 16 MB more to a thread that is to end, and the whole young generation may move there at once. Node 24
   * crashed with V8's default size.
   */
  maxYoungGenerationSizeMb: 8,
} as const satisfies ResourceLimits;
