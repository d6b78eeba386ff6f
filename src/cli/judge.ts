import { signalsIn } from '../procfs/signals.js';
import { SIGNALS } from '../settings.js';
import type { Seen } from './node-processes.js';

/** What a signal would do to a process. */
export type Judgement =
  | { readonly kind: 'answers'; readonly signal: string; readonly remark?: string }
  | { readonly kind: 'refused'; readonly why: string };

const ENDED: readonly string[] = ['zombie', 'dead'];
/** Node catches it in every process. */
const DEBUGGER = 'SIGUSR1';

/** The signals that make a report there, as things stand. */
export function answersTo({ mark, masks, blocked, state }: Seen): readonly string[] {
  if (mark === undefined || masks === undefined || ENDED.includes(state)) return [];
  const caught = signalsIn(masks.caught & ~blocked, SIGNALS);
  // Of an agent that could not say which, those are assumed that every agent has.
  const asked = mark.signals ?? ['SIGUSR1', 'SIGUSR2'];
  return caught.filter((signal) => asked.includes(signal));
}

/** Whether this signal, or the first that the process answers to, may be sent; it would be lost, or do harm, elsewhere. */
export function judge(seen: Seen, wanted?: string): Judgement {
  const refused = (why: string): Judgement => ({ kind: 'refused', why });
  const signals = answersTo(seen);
  const signal = wanted ?? signals[0];
  if (signal !== undefined && signals.includes(signal)) {
    const remark = tellState(seen);
    return { kind: 'answers', signal, ...(remark === undefined ? {} : { remark }) };
  }
  if (ENDED.includes(seen.state)) return refused(`it has ended (${seen.state})`);
  if (seen.mark === undefined) return refused(tellUnarmed(seen, wanted ?? DEBUGGER));
  if (wanted === undefined)
    return refused(
      seen.mark.signals?.length === 0
        ? 'it makes no report for any signal (GMR_SIGNALS)'
        : tellUnheard(seen, seen.mark.signals?.[0] ?? DEBUGGER),
    );
  if (seen.mark.signals?.includes(wanted) === false)
    return refused(
      `it makes no report for ${wanted}, which ${tellEffect(seen, wanted)}: ${signals.join(', ') || 'no signal'} does`,
    );
  return refused(tellUnheard(seen, wanted));
}

/** What would become of a process without an agent, by signal: for `gmr ps --all`. */
export function tellUnarmed(seen: Seen, signal: string): string {
  const what = seen.isNode ? 'it is not armed' : 'it is no Node.js process that is armed';
  return `${what}: ${signal} ${tellEffect(seen, signal)}`;
}

export function tellEffect({ masks, blocked, isNode }: Seen, signal: string): string {
  if (masks === undefined) return 'would do what cannot be told';
  if (signalsIn(blocked, [signal]).length > 0) return 'would not reach it: it is blocked';
  if (signalsIn(masks.ignored, [signal]).length > 0) return 'would be ignored';
  if (signalsIn(masks.caught, [signal]).length === 0)
    return HARMLESS.includes(signal) ? 'would do nothing' : 'would end it';
  if (isNode && signal === DEBUGGER) return "would open its debugger's port";
  return 'would do what its own code says';
}

/** Their default action is not to end a process; signal(7). */
const HARMLESS: readonly string[] = ['SIGCONT', 'SIGURG', 'SIGWINCH'];

/** It should be heard, and is not. */
function tellUnheard(seen: Seen, signal: string): string {
  return `${signal} ${tellEffect(seen, signal)}, though its agent runs`;
}

function tellState({ pid, state }: Seen): string | undefined {
  if (state === 'stopped') return `it is stopped, and answers when it is continued: kill -CONT ${pid}`;
  if (state === 'traced') return 'a debugger holds it, and it answers when that lets it go';
  return undefined;
}
