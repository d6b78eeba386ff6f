import { baseName } from '../base-name.js';
import type { FrameReader } from '../frames/frames.js';
import { isOwnFile } from '../frames/own-file.js';
import type { MainFacts } from '../main-facts.js';
import type { RawFrame } from '../raw-frame.js';
import type { Frame, Thread, ThreadState } from '../report.js';
import { STOPPED_MS, TURN_MS } from '../turns.js';
import { describeSilent, type SilentReading } from './silent.js';
import type { Activity, Jobs, MainAnswer, StackAnswer, WorkerAnswer } from './sources.js';

/** The sources of a thread's description. */
export interface ThreadReading extends SilentReading {
  /** How long main's event loop had not turned; undefined if that is not known. */
  readonly sinceTurnedMs?: number | undefined;
}

/** The place of main if it asked for the report itself. */
export interface AskedFrom {
  readonly frames: readonly RawFrame[];
  readonly note: string;
}

/** Describes main by its answer, or if it gave none by its memory and the kernel. */
export function describeMain(main: MainAnswer, sources: ThreadReading, asked?: AskedFrom): Thread {
  const base = { id: 0, osId: process.pid, name: 'main' };
  if (asked) {
    return {
      ...base,
      state: 'running JavaScript',
      frames: sources.frames.read(asked.frames, sources.openTexts?.(process.pid)),
      note: asked.note,
    };
  }
  const sinceMs = sources.sinceTurnedMs ?? 0;
  // The loop stopped at some moment between its last sign and the next one, which was due.
  const lasting = sinceMs >= STOPPED_MS ? { forMs: sinceMs - TURN_MS / 2 } : {};
  if (main.kind === 'silent') return describeSilent({ ...base, ...lasting, frames: [] }, main, sources);
  if (main.kind === 'facts' && !main.interrupted) {
    return {
      ...base,
      state: 'idle',
      frames: [],
      note: 'it answered from its event loop; what it did before is not known',
    };
  }
  const stack = main.kind === 'facts' ? main.facts : main.stack;
  const activity = main.kind === 'facts' ? main.activity : undefined;
  const isWoken = (!activity || activity.kind === 'starved') && isOwn(stack.frames);
  if (activity?.kind === 'asleep' || isWoken) return { ...base, state: 'idle', frames: [] };
  const told = describeStack(stack, activity, withTexts(sources, process.pid));
  const pause = main.kind === 'facts' && !activity ? tellPause(main.facts, sources) : undefined;
  const why = main.kind === 'stack' ? main.why : pause;
  const turns =
    activity?.kind === 'jobs'
      ? sinceMs >= STOPPED_MS
        ? 'the event loop does not turn: promise jobs or nextTick callbacks go on without end'
        : 'the event loop turns, and is never without a callback to run'
      : undefined;
  const note = [why, turns, told.note].filter((part) => part !== undefined).join('; ');
  const state = pause === undefined ? told.state : 'paused by a debugger';
  return { ...base, ...told, state, ...(state === 'idle' ? {} : lasting), ...(note === '' ? {} : { note }) };
}

/** Whether main has just been woken by the signal, and is in our own listener to it: apart from that it is idle. */
function isOwn(frames: readonly RawFrame[]): boolean {
  const called = frames.filter(({ file }) => !file.startsWith('node:'));
  return called.length > 0 && called.every(({ file }) => isOwnFile(file));
}

/** The agent waits for fifty milliseconds at most, and only if the inspector listens and main runs JavaScript. */
const MAX_LOOKS = 10;
const LOOK_MS = 5;

/** A clause if a debugger has paused main: it then sleeps in the middle of JavaScript that is not in Atomics.wait. */
function tellPause(
  { frames, inspectorAddress }: MainFacts,
  sources: Pick<ThreadReading, 'kernelOf'>,
): string | undefined {
  if (inspectorAddress === undefined || frames.length === 0) return undefined;
  // It may be on its way back to sleep: it has just answered.
  let looks = 0;
  while (sources.kernelOf(process.pid)?.state !== 'sleeping') {
    looks += 1;
    if (looks > MAX_LOOKS) return undefined;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
  return `a debugger has paused it (the inspector listens at ${inspectorAddress})`;
}

export function describeWorker(worker: WorkerAnswer, sources: ThreadReading): Thread {
  const base = { id: worker.id, name: worker.name };
  if (!worker.stack) {
    const { osId, why = 'did not answer' } = worker;
    const known = osId === undefined ? {} : { osId };
    return describeSilent({ ...base, ...known, frames: [] }, { ...worker, why }, sources);
  }
  const { osId } = worker.stack;
  return {
    ...base,
    ...(osId ? { osId } : {}),
    ...describeStack(worker.stack, worker.activity, withTexts(sources, osId)),
  };
}

/** A reader of frames that a thread has told, with the source texts that they run. */
function withTexts({ frames, openTexts }: SilentReading, osId: number | undefined): Pick<FrameReader, 'read'> {
  const texts = osId === undefined ? undefined : openTexts?.(osId);
  return { read: (raw) => frames.read(raw, texts) };
}

function describeStack(
  stack: StackAnswer,
  activity: Activity | undefined,
  reader: FrameReader,
): { state: ThreadState; frames: readonly Frame[]; note?: string } {
  if (activity?.kind === 'asleep') return { state: 'idle', frames: [] };
  const frames = reader.read(stack.frames);
  if (activity?.kind === 'starved') return { state: 'waiting for a CPU', frames };
  if (activity?.kind === 'waiting') return { state: 'waiting in Atomics.wait', frames };
  if (activity?.kind === 'jobs') return { state: 'running JavaScript', frames, note: tellJobs(activity, reader) };
  if (!stack.deeper) return { state: frames.length === 0 ? 'idle' : 'running JavaScript', frames };
  const note = frames.length === 0 ? 'its calls are not known' : `only the innermost ${frames.length} calls are shown`;
  return { state: 'running JavaScript', frames, note };
}

/** `many short jobs: of 9 looks that met a call, 7 were in drainQueue (app.mjs:2), 2 in poll (app.mjs:9)`. */
function tellJobs({ looks, met }: Jobs, reader: FrameReader): string {
  if (met.length === 0) return `it runs many short jobs: none of ${looks} looks met a call of the program`;
  const within = met.reduce((sum, { count }) => sum + count, 0);
  const shown = reader.read(met.slice(0, MAX_MET).map(({ frame }) => frame));
  const places = shown.map((frame, index) => {
    return `${met[index]?.count} in ${frame.function} (${baseName(frame.file)}:${frame.line})`;
  });
  const more =
    met.length > MAX_MET
      ? `, the others in ${met.length - MAX_MET} more ${met.length - MAX_MET === 1 ? 'function' : 'functions'}`
      : '';
  return `it runs many short jobs: of ${looks} looks ${within} met a call of the program, ${places.join(', ')}${more}`;
}

/** Functions that are shown with their share. */
const MAX_MET = 5;
