import type { Call } from './calls.js';
import type { Census } from './census/census.js';
import type { Handles } from './handles/handles.js';
import type { SearchState } from './holders/settle.js';
import type { Chain } from './suspended/chain.js';
import type { Walked } from './suspended/walk.js';

/** A call or a function, in the words of V8's own stacks: without addresses, which a collection changes. */
export type StackFrame = Omit<Call, 'code' | 'frame' | 'script' | 'isUnreadable'>;

/** The suspended functions of one thread, told by their places. */
export interface WalkedFrames extends Omit<Walked, 'places' | 'chains'> {
  readonly search: SearchState;
  readonly places: readonly { readonly frame: StackFrame; readonly count: number }[];
  readonly chains: readonly Chain<StackFrame>[];
}

export function describeSuspended(walked: Walked & Pick<WalkedFrames, 'search'>): WalkedFrames {
  const places = walked.places.map(({ call, count }) => ({ frame: describeCall(call), count }));
  return { ...walked, places, chains: walked.chains.map((chain) => mapChain(chain, describeCall)) };
}

/** The same with each place in another form. */
export function mapChain<One, Other>({ settler, ...chain }: Chain<One>, map: (place: One) => Other): Chain<Other> {
  if (!settler) return chain;
  const { callback, ...told } = settler;
  return { ...chain, settler: { ...told, ...(callback ? { callback: map(callback) } : {}) } };
}

export function mapCensus<One, Other>(census: Census<One>, map: (place: One) => Other): Census<Other> {
  const { classes, closures } = census;
  return {
    ...census,
    classes: classes.map(({ place, ...told }) => ({ ...told, ...(place ? { place: map(place) } : {}) })),
    closures: closures.map(({ place, count }) => ({ place: map(place), count })),
  };
}

export function mapHandles<One, Other>(handles: Handles<One>, map: (place: One) => Other): Handles<Other> {
  return {
    ...handles,
    timers: handles.timers.map(({ callback, ...told }) => ({
      ...told,
      ...(callback ? { callback: map(callback) } : {}),
    })),
    servers: handles.servers.map(({ handler, ...told }) => ({
      ...told,
      ...(handler ? { handler: map(handler) } : {}),
    })),
  };
}

export function describeCall(call: Call): StackFrame {
  const { kind, functionName, file, line, column, enclosingLine, enclosingColumn, inexact, scriptId } = call;
  return { kind, functionName, file, line, column, enclosingLine, enclosingColumn, inexact, scriptId };
}
