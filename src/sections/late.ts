import { randomBytes } from 'node:crypto';
import type { RawFrame } from '../raw-frame.js';
import type { Facts, GreenThreadsData, Section, SectionData, SectionOf, Thread, ThreadsData } from '../report.js';
import { tellAgreement } from './agreement.js';
import { activeSpan, collectInFlight, inFlightFacts } from './in-flight.js';
import type { SilentReading } from './silent.js';
import type { LateAnswer } from './sources.js';
import { type Suspensions, suspendedFacts } from './suspended.js';
import { describeMain, describeWorker } from './thread.js';
import { threadFacts } from './threads.js';

export interface LateSources extends Pick<SilentReading, 'frames' | 'openTexts'> {
  readonly report: string;
  readonly root: string;
}

/** The section of a supplement: all suspended functions of main, if there was no time for all of them in the report. */
export function describeLateSuspended(
  suspensions: Suspensions,
  late: NonNullable<GreenThreadsData['late']>,
  root: string,
): Section {
  const data: GreenThreadsData = {
    late,
    chains: [],
    suspended: suspensions.data,
    sockets: [],
    socketCount: 0,
    note: 'the suspended functions of the main thread, as they were when all of its heap had been read',
  };
  const facts = { 'gmr.section.late_ms': late.lateMs, ...suspendedFacts(suspensions, root) };
  return makeSection('green_threads', 'Green Threads (supplement)', Date.parse(late.answered), data, facts);
}

/** The sections of a supplement: the threads as they were when they answered, and the work in flight, if there was any. */
export function collectLate(answer: LateAnswer, sources: LateSources): readonly Section[] {
  const threads = collectLateThreads(answer, sources);
  const inFlight = collectLateInFlight(answer);
  return inFlight ? [threads, inFlight] : [threads];
}

function collectLateThreads(
  { main, workers, answeredMs, seen, ...late }: LateAnswer,
  sources: LateSources,
): SectionOf<'threads'> {
  const span = main && activeSpan(main);
  const lateMs = Math.round(late.lateMs);
  const { frames, openTexts } = sources;
  const reading = { frames, ...(openTexts ? { openTexts } : {}), kernelOf: () => undefined };
  const described = [
    ...(main ? [{ ...describeMain(main, reading), ...(span ? { span } : {}) }] : []),
    ...workers.map((worker) => describeWorker(worker, reading)),
  ];
  const data: ThreadsData = {
    threads: described.map((thread) => {
      const before = seen?.get(thread.id);
      const told = thread.id === 0 ? main && framesOf(main) : workers.find(({ id }) => id === thread.id)?.stack?.frames;
      const agreement = before && told ? [tellAgreement(before, told)] : [];
      return { ...thread, note: [tellWhen(thread, lateMs), ...agreement].join('; ') };
    }),
    osThreads: [],
    late: { report: sources.report, lateMs, answered: new Date(answeredMs).toISOString() },
  };
  const lateFact = { 'gmr.section.late_ms': lateMs };
  const facts = main ? { ...lateFact, ...threadFacts(data, sources.root, { main }) } : lateFact;
  return makeSection('threads', 'Threads (supplement)', answeredMs, data, facts);
}

function collectLateInFlight({ main, answeredMs, lateMs }: LateAnswer): SectionOf<'in_flight'> | undefined {
  const data = main && collectInFlight(main);
  if (!data?.known || (data.requestCount === 0 && data.spanCount === 0 && !data.active)) return undefined;
  const facts = { 'gmr.section.late_ms': Math.round(lateMs), ...inFlightFacts(data) };
  return makeSection('in_flight', 'In Flight (supplement)', answeredMs, data, facts);
}

function makeSection<Name extends 'threads' | 'in_flight' | 'green_threads'>(
  name: Name,
  title: string,
  answeredMs: number,
  data: SectionData[Name],
  facts: Facts,
): SectionOf<Name> {
  const about = { name, title, status: 'ok' as const, spanId: randomBytes(8).toString('hex') };
  return { ...about, startMs: answeredMs, endMs: answeredMs, data, facts };
}

function framesOf(main: NonNullable<LateAnswer['main']>): readonly RawFrame[] {
  return main.kind === 'facts' ? main.facts.frames : main.stack.frames;
}

/** The native call has returned by then; its caller has too, if it called nothing more. */
function tellWhen({ note }: Thread, lateMs: number): string {
  const when = `where it was when it answered, ${(lateMs / 1000).toFixed(1)} s after the report: what held it may be over`;
  return note ? `${when}; ${note}` : when;
}
