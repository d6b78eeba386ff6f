import type { Report, Section, ValueMap } from '../../report.js';
import type { Attributes, SpanContent } from './contents.js';
import { describeInFlight, listInFlight } from './in-flight.js';
import {
  cut,
  describeAnswer,
  describeMain,
  describeReport,
  describeSection,
  hasFailed,
  makeId,
  pickFacts,
  rootSpanId,
  toHrTime,
} from './logs.js';
import { listMaps, readText } from './plain.js';

/** Tempo cuts an attribute there, without a word. */
const MAX_ATTRIBUTE_BYTES = 2048;
/** OpenTelemetry's own bound of a span's links. */
const MAX_LINKS = 128;
const ROOT_NAME = 'guru meditation report';

/**
 * The report as a trace: a root, a child a section with its real times, a grandchild a thread. Pure: the same report makes
 * the same spans, so that one that came twice is the same.
 */
export function toSpans(report: Report): readonly SpanContent[] {
  return [describeRoot(report), ...report.sections.flatMap((section, n) => toSectionSpans(report, section, n + 1))];
}

function describeRoot(report: Report): SpanContent {
  const { id, timeMs, trigger, header, sections } = report;
  const answer = describeAnswer(report);
  const inFlight = listInFlight(report);
  const linksLeftOut = Math.max(0, inFlight.length - MAX_LINKS);
  return {
    name: ROOT_NAME,
    traceId: id,
    spanId: rootSpanId(id),
    startTime: toHrTime(timeMs, 0),
    endTime: toHrTime(Math.max(timeMs, ...sections.map(({ endMs }) => endMs)), 0),
    attributes: limit({
      ...answer,
      ...describeReport(report),
      ...describeMain(report),
      'gmr.section.count': sections.length + 1,
      ...(linksLeftOut === 0 ? {} : { 'gmr.report.links_left_out': linksLeftOut }),
    }),
    links: inFlight.slice(0, MAX_LINKS).map((one) => ({
      traceId: one.traceId,
      spanId: one.spanId,
      attributes: limit(describeInFlight(one)),
    })),
    linksLeftOut,
    ...(trigger.kind === 'crash' ? { error: cut(String(answer['exception.message'] ?? header.trigger)) } : {}),
  };
}

function toSectionSpans(report: Report, section: Section, index: number): readonly SpanContent[] {
  const { title, status, error, spanId } = section;
  const startTime = toHrTime(section.startMs, 0);
  const times = { startTime, endTime: toHrTime(Math.max(section.startMs, section.endMs), 0) };
  const span: SpanContent = {
    name: cut(title),
    traceId: report.id,
    spanId,
    parentSpanId: rootSpanId(report.id),
    ...times,
    attributes: limit({
      ...pickFacts(section),
      ...describeReport(report),
      ...describeSection(section, index),
    }),
    links: [],
    linksLeftOut: 0,
    ...(hasFailed(status) ? { error: cut(error ?? status) } : {}),
  };
  const threads = section.name === 'threads' ? listMaps(section.data?.threads) : [];
  return [
    span,
    ...threads.map((thread, n) => ({
      name: cut(`thread ${readText(thread.name)}`),
      traceId: report.id,
      spanId: makeId(`${report.id}:thread:${n}`, 16),
      parentSpanId: spanId,
      ...times,
      attributes: limit({ ...describeReport(report), ...describeThread(thread) }),
      links: [],
      linksLeftOut: 0,
    })),
  ];
}

function describeThread({ id, name, state, frames }: ValueMap): Attributes {
  const calls = listMaps(frames).map(showCall);
  return {
    ...(typeof id === 'number' ? { 'thread.id': id } : {}),
    'thread.name': readText(name),
    'gmr.thread.state': readText(state),
    ...(calls.length === 0 ? {} : { 'code.stacktrace': joinCalls(calls) }),
  };
}

/** As V8 writes it. */
function showCall(frame: ValueMap): string {
  const { line, column } = frame;
  const file = readText(frame.file);
  const place = typeof line === 'number' && line > 0 ? `${file}:${line}:${column}` : file || 'native';
  return `at ${frame.async === true ? 'async ' : ''}${readText(frame.function)} (${place})`;
}

/** The innermost calls, as many as fit; the log record has all. */
function joinCalls(calls: readonly string[]): string {
  const all = calls.join('\n');
  if (Buffer.byteLength(all) <= MAX_ATTRIBUTE_BYTES) return all;
  const word = (left: number) => `… ${left} more: the report's log record gmr.threads has all ${calls.length}`;
  let room = MAX_ATTRIBUTE_BYTES - Buffer.byteLength(word(calls.length));
  const fits = calls.findIndex((call) => {
    room -= Buffer.byteLength(call) + 1;
    return room < 0;
  });
  return [...calls.slice(0, fits), word(calls.length - fits)].join('\n');
}

function limit(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? cutBytes(value) : value]),
  );
}

function cutBytes(text: string): string {
  const bytes = Buffer.from(text.toWellFormed());
  if (bytes.length <= MAX_ATTRIBUTE_BYTES) return bytes.toString();
  const word = `… [cut: ${bytes.length} bytes]`;
  const head = bytes.subarray(0, MAX_ATTRIBUTE_BYTES - Buffer.byteLength(word)).toString();
  return head.replace(/\ufffd+$/, '') + word;
}
