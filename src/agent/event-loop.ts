import type { FrameReader } from '../frames/frames.js';
import type { RawFrame } from '../raw-frame.js';
import type { GreenThreadsData } from '../report.js';
import { collectHandles } from '../sections/handles.js';
import type { SharedState } from '../shared-state.js';
import type { Handles } from '../v8/handles/handles.js';
import type { NativeStacks } from './native-stacks.js';

/** Main's timers and servers as they were at one moment. */
export interface HandlesLook {
  readonly handles: Handles<RawFrame> | string;
  /** Node's clock of main's timers, in milliseconds. */
  readonly timersNow: number;
}

/** Main measures it; until then the process's age is near to it. */
export function readTimersClock(shared: Pick<SharedState, 'timersLagMs'>): number {
  return process.uptime() * 1000 - (shared.timersLagMs() ?? 0);
}

export function lookAtHandles(natives: NativeStacks, shared: Pick<SharedState, 'timersLagMs'>): HandlesLook {
  return { handles: natives.listHandles(process.pid), timersNow: readTimersClock(shared) };
}

export function describeHandles(
  { handles, timersNow }: HandlesLook,
  {
    frames,
    reading: { natives },
  }: { readonly frames: FrameReader; readonly reading: { readonly natives: NativeStacks } },
): NonNullable<GreenThreadsData['handles']> {
  if (typeof handles === 'string') return { why: handles };
  return collectHandles(handles, frames, natives.openTexts(process.pid), timersNow);
}
