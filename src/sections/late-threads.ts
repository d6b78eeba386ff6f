import { randomBytes } from 'node:crypto';
import type { LateAnswer } from '../agent/late.js';
import type { FrameReader } from '../frames/frames.js';
import type { Section, Thread, ThreadsData, Value } from '../report.js';
import { describeMain, describeWorker, threadFacts } from './threads.js';

/** The Threads section of a supplement: where threads were when they answered, which is not where the report was made. */
export function collectLateThreads(
  { main, workers, answeredMs, ...late }: LateAnswer,
  sources: { readonly report: string; readonly root: string; readonly frames: FrameReader },
): Section {
  const lateMs = Math.round(late.lateMs);
  const reading = { frames: sources.frames, kernelOf: () => undefined };
  const described = [
    ...(main ? [describeMain(main, reading)] : []),
    ...workers.map((worker) => describeWorker(worker, reading)),
  ];
  const data: ThreadsData = {
    threads: described.map((thread) => ({ ...thread, note: tellWhen(thread, lateMs) })),
    osThreads: [],
    late: { report: sources.report, lateMs, answered: new Date(answeredMs).toISOString() },
  };
  const lateFact = { 'gmr.section.late_ms': lateMs };
  return {
    name: 'threads',
    title: 'Threads (supplement)',
    status: 'ok',
    spanId: randomBytes(8).toString('hex'),
    startMs: answeredMs,
    endMs: answeredMs,
    // The section's shape is plain data by its type; only its optional keys hide that from the compiler.
    data: data as unknown as Value,
    facts: main ? { ...lateFact, ...threadFacts(data, sources.root, { main }) } : lateFact,
  };
}

/** A call whose caller calls nothing more has left the stack before the answer. */
function tellWhen({ note }: Thread, lateMs: number): string {
  const when = `where it was when it answered, ${(lateMs / 1000).toFixed(1)} s after the report: what held it may be over`;
  return note ? `${when}; ${note}` : when;
}
