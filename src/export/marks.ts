import type { Report } from '../report.js';
import { describeInFlight, type InFlight, listInFlight } from './in-flight.js';

/** Traces that get a mark: a process that is stuck may have thousands of requests waiting. */
const MAX_MARKS = 100;

/** What the logs of a trace of the application are told: that a report was made during it, and which. */
export interface Mark {
  readonly traceId: string;
  readonly spanId: string;
  readonly text: string;
  readonly attributes: { readonly [name: string]: string | number | boolean };
}

/** One for each trace that was in flight: the one that main's code ran in first, then the oldest. */
export function listMarks(report: Report): { readonly marks: readonly Mark[]; readonly leftOut: number } {
  const traces = new Map<string, InFlight>();
  for (const one of listInFlight(report)) {
    const known = traces.get(one.traceId);
    // A request's ids are those of a span of its caller, where the application has spans of its own.
    if (known === undefined || (known.kind === 'request' && one.kind === 'span')) traces.set(one.traceId, one);
  }
  const chosen = [...traces.values()];
  return {
    marks: chosen.slice(0, MAX_MARKS).map((one) => makeMark(report, one)),
    leftOut: Math.max(0, chosen.length - MAX_MARKS),
  };
}

function makeMark({ id, header }: Report, one: InFlight): Mark {
  const { traceId, spanId, name, ageMs, active } = one;
  const age = ageMs === undefined ? '' : ` for ${Math.round(ageMs)} ms`;
  const ran = active ? ", and main's code ran in it" : '';
  const text = `Guru Meditation report ${id} (${header.trigger}): ${name || 'this span'} had been in flight${age}${ran}`;
  return { traceId, spanId, text: text.toWellFormed(), attributes: describeInFlight(one) };
}
