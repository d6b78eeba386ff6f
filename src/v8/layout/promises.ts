import type { Metadata } from './metadata.js';

/**
 * Promises, and functions that are suspended (V8's src/objects/js-promise.tq, promise.tq, js-generator.tq): instance types, and
 * offsets of fields. The types are exported; the fields are not, and are in the order of those files, alike from V8 11 to 14.
 * What is learned on our own isolate (suspended/learn.ts) proves each of them, or the walk is off.
 */
export interface PromiseLayout {
  readonly asyncFunction: number;
  readonly asyncGenerator: number;
  readonly promise: number;
  readonly reaction: number;
  readonly capability: number;
  readonly request: number;
  /** Queued jobs: a promise that is settled, and whose reaction has not run yet. */
  readonly fulfillJob: number;
  readonly rejectJob: number;
  /** JSFunction: the variables that it closes over. */
  readonly functionContext: number;
  /** JSObject. */
  readonly elements: number;
  /** JSGeneratorObject. */
  readonly function: number;
  readonly context: number;
  readonly receiver: number;
  /** `input_or_debug_pos`: where in the bytecode it is suspended. */
  readonly position: number;
  readonly resumeMode: number;
  /** From 0, the number of the `await` or `yield`; -1 if it has ended, -2 while it runs. */
  readonly continuation: number;
  /** Its arguments, then its variables: a FixedArray. */
  readonly registers: number;
  /** JSAsyncFunctionObject: the promise that it returned. JSAsyncGeneratorObject: the queue of calls of `next`. */
  readonly outcome: number;
  /** JSAsyncGeneratorObject: 1 if it is at an `await`, 0 if at a `yield`. */
  readonly isAwaiting: number;
  /** JSPromise: the newest reaction while it is pending; its status is in the two lowest bits of the flags. */
  readonly reactions: number;
  readonly flags: number;
  /** PromiseCapability. */
  readonly capabilityPromise: number;
  /** AsyncGeneratorRequest. */
  readonly requestNext: number;
}

/** No object has it. */
const ABSENT = -2;
const WORD = 8;

export function readPromises({ find }: Metadata): PromiseLayout {
  return {
    asyncFunction: find('type_JSAsyncFunctionObject__JS_ASYNC_FUNCTION_OBJECT_TYPE') ?? ABSENT,
    asyncGenerator: find('type_JSAsyncGeneratorObject__JS_ASYNC_GENERATOR_OBJECT_TYPE') ?? ABSENT,
    promise: find('type_JSPromise__JS_PROMISE_TYPE') ?? ABSENT,
    reaction: find('type_PromiseReaction__PROMISE_REACTION_TYPE') ?? ABSENT,
    capability: find('type_PromiseCapability__PROMISE_CAPABILITY_TYPE') ?? ABSENT,
    request: find('type_AsyncGeneratorRequest__ASYNC_GENERATOR_REQUEST_TYPE') ?? ABSENT,
    fulfillJob: find('type_PromiseFulfillReactionJobTask__PROMISE_FULFILL_REACTION_JOB_TASK_TYPE') ?? ABSENT,
    rejectJob: find('type_PromiseRejectReactionJobTask__PROMISE_REJECT_REACTION_JOB_TASK_TYPE') ?? ABSENT,
    functionContext: find('class_JSFunction__context__Context') ?? ABSENT,
    elements: 2 * WORD,
    function: 3 * WORD,
    context: 4 * WORD,
    receiver: 5 * WORD,
    position: 6 * WORD,
    resumeMode: 7 * WORD,
    continuation: 8 * WORD,
    registers: 9 * WORD,
    outcome: 10 * WORD,
    isAwaiting: 11 * WORD,
    reactions: 3 * WORD,
    flags: 4 * WORD,
    capabilityPromise: WORD,
    requestNext: WORD,
  };
}
