import type { Ask, Item, Look, MainFacts } from '../protocol.js';
import type { MainAnswer, SilentAnswer, StackAnswer } from '../sections/sources.js';
import { tellSilent } from '../sections/sources.js';
import type { SharedState } from '../shared-state.js';
import { isRunnable } from '../thread-clock.js';
import { findActivity, isUnclear, type Watched } from './activity.js';
import { CpuDeadline } from './cpu-deadline.js';
import type { Outcome, Question } from './evaluation.js';
import { STACK_EXPRESSION } from './expressions.js';
import type { MainSession } from './inspector.js';
import { describeUnasked, runItems } from './items.js';
import { awaitOrLook, type NativeStacks } from './native-stacks.js';
import type { Sessions } from './sessions.js';
import { createLooks, type Looks } from './steady-frames.js';
import { NOT_JSON, parseAnswer, tellSilence } from './thread-answer.js';

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

/** An answer in time, or what memory tells of main. */
export async function awaitMain(session: MainSession, question: Question, options: MainReading): Promise<MainAnswer> {
  const { deadlineMs, natives } = options;
  const deadline = new CpuDeadline(process.pid, deadlineMs);
  const { outcome, look, isAsleep } = await awaitOrLook(question, process.pid, deadlineMs, natives);
  const last = isAsleep ? outcome : await deadline.stretch(question, outcome);
  const main = await readMain(session, last, options);
  if (main.kind !== 'silent' || !look) return main;
  // Listeners of the program behind our own may have kept it from saying so.
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
  const stack = again.kind === 'answered' ? parseAnswer<StackAnswer>(again.json) : undefined;
  if (stack) return { kind: 'stack', stack, why };
  return { kind: 'silent', why };
}

export function createMainLooks(ask: (request: Ask) => Promise<Outcome>, deadlineMs: number): Looks {
  return createLooks({
    async look() {
      const outcome = await ask({ kind: 'frames' });
      return outcome.kind === 'answered' ? parseAnswer<Look>(outcome.json) : undefined;
    },
    wantsCpu: () => isRunnable(process.pid),
    deadlineMs,
  });
}

/**
 * The functions that main is stuck in, if it is: see steady-frames.ts. Its activity, if its stack does not show it: see activity.ts.
 */
export async function lookAgain(
  main: MainAnswer,
  looks: Looks,
  { ask, ...about }: Pick<Watched, 'profile' | 'deadlineMs'> & { ask(request: Ask): Promise<Outcome> },
): Promise<MainAnswer> {
  if (main.kind !== 'facts') return main;
  if (!isUnclear(main.facts.frames)) {
    return isRunning(main) ? { ...main, steady: await looks.count(main.facts.frames) } : main;
  }
  const look = async () => {
    const outcome = await ask({ kind: 'frames' });
    return outcome.kind === 'answered' ? parseAnswer<Look>(outcome.json)?.frames : undefined;
  };
  const { activity, frames } = await findActivity({ osId: process.pid, frames: main.facts.frames, look, ...about });
  const facts = frames ? { ...main.facts, frames } : main.facts;
  return { ...main, facts, ...(activity ? { activity } : {}) };
}

export function isRunning(main: MainAnswer): main is Extract<MainAnswer, { kind: 'facts' }> {
  return main.kind === 'facts' && main.facts.frames.length > 0 && !main.facts.deeper;
}

/** The results of all that is registered. */
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
