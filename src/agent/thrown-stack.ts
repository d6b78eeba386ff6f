import { parseStack } from '../frames/stack-text.js';
import { EVALUATED } from '../main/capture.js';
import { MAX_FRAMES } from '../main/facts.js';
import type { StackAnswer } from '../sections/sources.js';
import { type Profile, readProfile } from './profile.js';

/** Calls that V8 writes into an error, if the program has not set another number. */
const USUAL_CALLS = 10;
/** Milliseconds of each profile. The first is enough, unless the thread has no CPU or its samples fail, as those of a deep stack may. */
const PROFILES_MS = [10, 50, 200, 200];

/**
 * The stack beneath an evaluation that threw, by the text of its error; undefined if that does not tell. A thread whose stack
 * has no room for one more call gives no other answer, and neither does one whose program has broken what a capture needs.
 */
export async function readThrownStack(
  error: string,
  profile: (ms: number) => Promise<Profile | undefined>,
): Promise<StackAnswer | undefined> {
  const frames = parseStack(error);
  const evaluation = frames.findLastIndex(({ file }) => file === EVALUATED);
  const beneath = frames.slice(evaluation + 1);
  if (/^RangeError: Maximum call stack size exceeded/.test(error)) {
    if (beneath.length > 0) return { frames: beneath, deeper: true };
    // There was no room for the error's text, either. A profile needs none.
    return { frames: await sampleStack(profile), deeper: true };
  }
  if (evaluation < 0) return undefined;
  return { frames: beneath, deeper: frames.length >= USUAL_CALLS };
}

/** The stack that most samples met; empty if none met a call. */
async function sampleStack(profile: (ms: number) => Promise<Profile | undefined>): Promise<StackAnswer['frames']> {
  for (const ms of PROFILES_MS) {
    const sampled = await profile(ms);
    const met = (sampled ? readProfile(sampled) : []).filter(({ frames }) => frames.length > 0);
    const [most] = met.sort((a, b) => b.count - a.count);
    if (most) return most.frames.slice(0, MAX_FRAMES);
  }
  return [];
}
