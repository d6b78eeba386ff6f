import { captureFrames, EVALUATED } from '../main/capture.js';
import { MAX_FRAMES } from '../main/facts.js';
import { HOOK } from '../main/hook.js';
import type { Ask } from '../main-facts.js';

const MARK = `\n//# sourceURL=${EVALUATED}`;

/** Calls the hook on main. */
export function hookExpression(ask: Ask): string {
  return `globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(HOOK))})](${JSON.stringify(ask)})${MARK}`;
}

/** Captures a stack without the hook: in another worker thread, or on a main thread that has lost it. */
export const STACK_EXPRESSION = `(() => {
  const capture = ${captureFrames.toString()};
  let osId;
  try {
    osId = process.getBuiltinModule('node:fs').readlinkSync('/proc/thread-self').split('/').pop();
  } catch {}
  return JSON.stringify({ ...capture(${MAX_FRAMES}, capture, ${JSON.stringify(EVALUATED)}), osId: Number(osId) || undefined });
})()${MARK}`;
