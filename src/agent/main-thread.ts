import type { Ask, Item, Look, MainFacts } from '../main-facts.js';
import type { MainAnswer, SilentAnswer, StackAnswer } from '../sections/sources.js';
import { tellSilent } from '../sections/sources.js';
import type { SharedState } from '../shared-state.js';
import { isRunnable } from '../thread-clock.js';
import { findActivity, isUnclear, type Watched } from './activity.js';
import { CpuDeadline } from './cpu-deadline.js';
import { NOT_JSON, type Outcome, type Question } from './evaluation.js';
import { STACK_EXPRESSION } from './expressions.js';
import type { MainSession } from './inspector.js';
import { describeUnasked, runItems } from './items.js';
import { awaitOrLook, type NativeStacks } from './native-stacks.js';
import type { Sessions } from './sessions.js';
import { createLooks, type Looks } from './steady-frames.js';
import { parseAnswer, tellSilence, tellUnreadable } from './thread-answer.js';
import { readThrownStack } from './thrown-stack.js';

/** Node's thread id. */
export const MAIN = 0;

/** Main is not asked any more. */
export const ENDING: SilentAnswer = { kind: 'silent', why: 'the process is ending', ending: true };

/** How main is read. */
export interface MainReading {
  readonly report: string;
  readonly deadlineMs: number;
  readonly shared: SharedState;
  readonly sessions: Sessions;
  readonly natives: NativeStacks;
}

/** Main's answer in time, or its stack from memory. */
export async function awaitMain(session: MainSession, question: Question, options: MainReading): Promise<MainAnswer> {
  const { deadlineMs, natives } = options;
  const deadline = new CpuDeadline(process.pid, deadlineMs);
  const { outcome, look, isAsleep } = await awaitOrLook(question, process.pid, deadlineMs, natives);
  const last = isAsleep ? outcome : await deadline.stretch(question, outcome);
  const main = await readMain(session, last, options);
  if (main.kind !== 'silent' || !look) return main;
  // The process is ending, although main could not say so: listeners of the program that follow ours may run for long.
  if ('stack' in look && look.stack.callee === 'reallyExit') return { ...ENDING, look };
  return { ...main, ...(isAsleep ? { why: 'sleeps in native code' } : {}), look };
}

export async function readMain(session: MainSession, outcome: Outcome, options: MainReading): Promise<MainAnswer> {
  const facts = outcome.kind === 'answered' ? parseAnswer<MainFacts>(outcome.json) : undefined;
  if (facts) return { kind: 'facts', facts, interrupted: true };
  if (outcome.kind === 'silent') return { kind: 'silent', why: tellSilence(MAIN, options) };
  const error = outcome.kind === 'threw' ? outcome.error.split('\n')[0] : NOT_JSON;
  const why = outcome.kind === 'stopped' ? 'the collect hook was stopped' : `the collect hook failed (${error})`;
  const again = await session.ask(STACK_EXPRESSION, options.deadlineMs).within(options.deadlineMs);
  const stack =
    again.kind === 'answered'
      ? parseAnswer<StackAnswer>(again.json)
      : again.kind === 'threw'
        ? await readThrownStack(again.error, (ms) => session.profile(ms))
        : undefined;
  if (stack) return { kind: 'stack', stack, why };
  return { kind: 'silent', why: tellUnreadable(why), isHeard: true };
}

export function createMainLooks(ask: (request: Ask) => Promise<Outcome>, deadlineMs: number): Looks {
  return createLooks({
    look: () => lookAtMain(ask),
    wantsCpu: () => isRunnable(process.pid),
    deadlineMs,
  });
}

/** Main's stack as it is now; undefined if it does not answer. */
async function lookAtMain(ask: (request: Ask) => Promise<Outcome>): Promise<Look | undefined> {
  const outcome = await ask({ kind: 'frames' });
  return outcome.kind === 'answered' ? parseAnswer<Look>(outcome.json) : undefined;
}

/**
 * The functions that main is stuck in, if it is: see steady-frames.ts. Its activity, if its stack does not show it: see activity.ts.
 */
export async function lookAgain(
  main: MainAnswer,
  looks: Looks,
  { ask, ...about }: Pick<Watched, 'profile' | 'queued' | 'deadlineMs'> & { ask(request: Ask): Promise<Outcome> },
): Promise<MainAnswer> {
  if (main.kind !== 'facts') return main;
  if (!isUnclear(main.facts.frames)) {
    return isRunning(main) ? { ...main, steady: await looks.count(main.facts.frames) } : main;
  }
  const look = async () => (await lookAtMain(ask))?.frames;
  const { activity, frames } = await findActivity({ osId: process.pid, frames: main.facts.frames, look, ...about });
  const facts = frames ? { ...main.facts, frames } : main.facts;
  return { ...main, facts, ...(activity ? { activity } : {}) };
}

export function isRunning(main: MainAnswer): main is Extract<MainAnswer, { kind: 'facts' }> {
  return main.kind === 'facts' && main.facts.frames.length > 0 && !main.facts.deeper;
}

/** The results of the registered generators. */
export async function readItems(
  main: MainAnswer,
  ask: (request: Ask) => Promise<Outcome>,
  options: MainReading,
): Promise<readonly Item[]> {
  if (main.kind === 'facts') return main.facts.registered > 0 ? runItems(ask, options) : [];
  return describeUnasked(
    options.shared.registered(),
    main.kind === 'silent' ? tellSilent(main) : `the main thread lacks its hook: ${main.why}`,
  );
}
