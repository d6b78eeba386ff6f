import type { Call } from './calls.js';
import type { StackReading } from './readings.js';
import type { Sample } from './sample.js';
import { describeCall, type StackFrame } from './stack-frame.js';

/** V8's own stacks leave out the functions of C++. @param remember is given the address of each frame's script */
export function describeSample(
  sample: Sample,
  ms: number,
  remember: (frame: StackFrame, script: number) => void,
): StackReading {
  if (!('walked' in sample)) return { ...sample, ms };
  const toFrame = (call: Call): StackFrame => {
    const frame = describeCall(call);
    if (call.script !== 0) remember(frame, call.script);
    return frame;
  };
  const { calls, isComplete, isDeeper, reason } = sample.walked;
  const [top] = calls;
  const isNative = top?.kind === 'native' || top?.kind === 'builtin';
  return {
    kind: sample.kind,
    frames: calls.filter(({ kind }) => kind !== 'native').map(toFrame),
    complete: isComplete,
    deeper: isDeeper,
    ...(top && isNative ? { callee: top.functionName } : {}),
    ...(isComplete ? {} : { reason }),
    ms,
  };
}
