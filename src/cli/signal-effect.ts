import { signalsIn } from '../procfs/signal-masks.js';
import { SIGNALS } from '../setting-kinds.js';
import type { NodeProcess } from './node-processes.js';

/** Whether a signal may be sent to a process. */
export type Decision =
  | { readonly kind: 'send'; readonly signal: string; readonly remark?: string }
  | { readonly kind: 'refuse'; readonly reason: string };

const ENDED: readonly string[] = ['zombie', 'dead'];
/** Node handles it in every process: it starts the inspector. */
const INSPECTOR_SIGNAL = 'SIGUSR1';
/** Signals whose default action does not end a process; signal(7). */
const HARMLESS: readonly string[] = ['SIGCONT', 'SIGURG', 'SIGWINCH'];

/** Whether only the process's entry is left. */
export function hasEnded({ state }: Pick<NodeProcess, 'state'>): boolean {
  return ENDED.includes(state);
}

/** The signals for which the process makes a report now. */
export function listReportSignals({ mark, masks, blocked, state }: NodeProcess): readonly string[] {
  if (mark === undefined || masks === undefined || hasEnded({ state })) return [];
  const caught = signalsIn(masks.caught & ~blocked, SIGNALS);
  // The thread has the name that Node gave it, without signals: the default ones are assumed.
  const announced = mark.signals ?? ['SIGUSR1', 'SIGUSR2'];
  return caught.filter((signal) => announced.includes(signal));
}

/** Whether the process makes a report for any signal. */
export function answers(target: NodeProcess): boolean {
  return listReportSignals(target).length > 0;
}

/** Decides whether to send `wanted`, or else the first signal for which the process makes a report. */
export function chooseSignal(target: NodeProcess, wanted?: string): Decision {
  const signals = listReportSignals(target);
  const signal = wanted ?? signals[0];
  if (signal !== undefined && signals.includes(signal)) {
    const remark = describeState(target);
    return { kind: 'send', signal, ...(remark === undefined ? {} : { remark }) };
  }
  return { kind: 'refuse', reason: explainRefusal(target, signals, wanted) };
}

/** A predicate: the signal `would end it`. */
export function describeEffect({ state, masks, blocked, isNode, isInit }: NodeProcess, signal: string): string {
  if (hasEnded({ state })) return 'would do nothing: it has ended';
  if (masks === undefined) return 'would have an unknown effect';
  if (signalsIn(blocked, [signal]).length > 0) return 'would not reach it: it is blocked';
  if (signalsIn(masks.ignored, [signal]).length > 0) return 'would be ignored';
  if (signalsIn(masks.caught, [signal]).length === 0) {
    if (HARMLESS.includes(signal)) return 'would do nothing';
    // pid_namespaces(7): it gets only those that it catches.
    return isInit ? 'would be ignored: it is a PID 1' : 'would end it';
  }
  if (isNode && signal === INSPECTOR_SIGNAL) return "would open its debugger's port";
  return "would run the program's own handler";
}

function explainRefusal(target: NodeProcess, signals: readonly string[], wanted: string | undefined): string {
  const { state, mark, isNode } = target;
  if (hasEnded(target)) return `it has ended (${state})`;
  if (mark === undefined) {
    const signal = wanted ?? INSPECTOR_SIGNAL;
    const subject = isNode ? 'it is not armed' : 'it is not a Node.js process that is armed';
    return `${subject}: ${signal} ${describeEffect(target, signal)}`;
  }
  if (wanted === undefined && mark.signals?.length === 0) return 'it makes no report for any signal (GMR_SIGNALS)';
  if (wanted !== undefined && mark.signals?.includes(wanted) === false) {
    const others = signals.length === 0 ? 'no signal does' : `${signals.join(', ')} would make one`;
    return `it makes no report for ${wanted}, which ${describeEffect(target, wanted)}; ${others}`;
  }
  // The agent should hear the signal, but the kernel says that it does not.
  const signal = wanted ?? mark.signals?.[0] ?? INSPECTOR_SIGNAL;
  return `${signal} ${describeEffect(target, signal)}, though its agent runs`;
}

function describeState({ pid, state }: NodeProcess): string | undefined {
  if (state === 'stopped') return `it is stopped, and answers when it is continued: kill -CONT ${pid}`;
  if (state === 'traced') return 'a debugger holds it, and it answers when the debugger lets it go';
  return undefined;
}
