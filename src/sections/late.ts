import { randomBytes } from 'node:crypto';
import type { LateAnswer } from '../agent/late.js';
import type { FrameReader } from '../frames/frames.js';
import type { InFlightData, Section, Thread, ThreadsData, Value } from '../report.js';
import { activeSpan, collectInFlight, inFlightFacts } from './in-flight.js';
import { describeMain, describeWorker, threadFacts } from './threads.js';

/** The sections of a supplement: where threads were when they answered, and what was in flight, if anything was. */
export function collectLate(
  answer: LateAnswer,
  sources: { readonly report: string; readonly root: string; readonly frames: FrameReader },
): readonly Section[] {
  const inFlight = collectLateInFlight(answer);
  return inFlight ? [collectLateThreads(answer, sources), inFlight] : [collectLateThreads(answer, sources)];
}

function collectLateThreads(
  { main, workers, answeredMs, ...late }: LateAnswer,
  sources: { readonly report: string; readonly root: string; readonly frames: FrameReader },
): Section {
  const span = main && activeSpan(main);
  const lateMs = Math.round(late.lateMs);
  const reading = { frames: sources.frames, kernelOf: () => undefined };
  const described = [
    ...(main ? [{ ...describeMain(main, reading), ...(span ? { span } : {}) }] : []),
    ...workers.map((worker) => describeWorker(worker, reading)),
  ];
  const data: ThreadsData = {
    threads: described.map((thread) => ({ ...thread, note: tellWhen(thread, lateMs) })),
    osThreads: [],
    late: { report: sources.report, lateMs, answered: new Date(answeredMs).toISOString() },
  };
  const lateFact = { 'gmr.section.late_ms': lateMs };
  const facts = main ? { ...lateFact, ...threadFacts(data, sources.root, { main }) } : lateFact;
  return makeSection('threads', 'Threads (supplement)', answeredMs, data, facts);
}

function collectLateInFlight({ main, answeredMs, lateMs }: LateAnswer): Section | undefined {
  const data = main && collectInFlight(main);
  if (!data?.known || (data.requestCount === 0 && data.spanCount === 0 && !data.active)) return undefined;
  const facts = { 'gmr.section.late_ms': Math.round(lateMs), ...inFlightFacts(data) };
  return makeSection('in_flight', 'In Flight (supplement)', answeredMs, data, facts);
}

function makeSection(
  name: string,
  title: string,
  answeredMs: number,
  data: ThreadsData | InFlightData,
  facts: NonNullable<Section['facts']>,
): Section {
  const about = { name, title, status: 'ok' as const, spanId: randomBytes(8).toString('hex') };
  // Both shapes are plain data by their types; only their optional keys hide that from the compiler.
  return { ...about, startMs: answeredMs, endMs: answeredMs, data: data as unknown as Value, facts };
}

/** A call whose caller calls nothing more has left the stack before the answer. */
function tellWhen({ note }: Thread, lateMs: number): string {
  const when = `where it was when it answered, ${(lateMs / 1000).toFixed(1)} s after the report: what held it may be over`;
  return note ? `${when}; ${note}` : when;
}
