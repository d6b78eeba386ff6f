import { namePlace, nameSettler } from '../../place-name.js';
import { isMap, type Report, type Section, type Value, type ValueMap } from '../../report.js';
import type { Attributes, SpanContent } from './contents.js';
import { describeInFlight, listInFlight } from './in-flight.js';
import {
  describeAnswer,
  describeMain,
  describeReport,
  describeSection,
  makeId,
  pickFacts,
  rootSpanId,
  toHrTime,
} from './logs.js';
import { cut, listMaps, readText } from './plain.js';

/** Tempo cuts an attribute there, without a word. */
const MAX_ATTRIBUTE_BYTES = 2048;
/** OpenTelemetry's own bound of a span's links. */
const MAX_LINKS = 128;
/** Chains of suspended functions with a span of their own. */
const MAX_CHAINS = 10;
const ROOT_NAME = 'guru meditation report';

/**
 * The report as a trace: a root; a child for each section, with its real times; below Threads a grandchild for each thread,
 * and below Green Threads one for each chain of suspended functions. Pure: the same report makes the same spans, so that a
 * span that came twice is the same.
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
    ...(status !== 'ok' ? { error: cut(error ?? status) } : {}),
  };
  const inner = listInner(section).map(
    ({ key, name, attributes }): SpanContent => ({
      name: cut(name),
      traceId: report.id,
      spanId: makeId(`${report.id}:${key}`, 16),
      parentSpanId: spanId,
      ...times,
      attributes: limit({ ...describeReport(report), ...attributes }),
      links: [],
      linksLeftOut: 0,
    }),
  );
  return [span, ...inner];
}

/** A part of a section that has a span of its own. */
interface Inner {
  /** Its id is made from this. */
  readonly key: string;
  readonly name: string;
  readonly attributes: Attributes;
}

function listInner({ name, data }: Section): readonly Inner[] {
  if (name === 'threads')
    return listMaps(data?.threads).map((thread, n) => ({
      key: `thread:${n}`,
      name: `thread ${readText(thread.name)}`,
      attributes: describeThread(thread),
    }));
  const suspended: Value = name === 'green_threads' ? (data?.suspended ?? null) : null;
  if (!isMap(suspended)) return [];
  const chains = listMaps(suspended.threads).flatMap(listChains);
  return chains.sort((one, other) => other.count - one.count).slice(0, MAX_CHAINS);
}

/** The chains of a thread that have a function of the application, each with the number of functions that begin it. */
function listChains({ thread, places, chains }: ValueMap): readonly (Inner & { readonly count: number })[] {
  const frames = listMaps(places);
  return listMaps(chains).flatMap((chain, n) => {
    const calls = listMaps(chain.steps)
      .flatMap(({ place }) => frames.slice(Number(place), Number(place) + 1))
      .reverse();
    const innermost = calls.find(({ origin }) => origin === 'application');
    if (!innermost) return [];
    const [file, line, count] = [readText(innermost.file), Number(innermost.line), Number(chain.count) || 1];
    const place = namePlace({ function: readText(innermost.function), file, line });
    const attributes = {
      'thread.name': readText(thread),
      'gmr.suspended.count': count,
      ...describeSettler(chain.settler ?? null),
      'code.stacktrace': joinCalls(calls.map(showCall), 'gmr.green_threads'),
    };
    return [{ key: `chain:${readText(thread)}:${n}`, name: `suspended at ${place}`, attributes, count }];
  });
}

function describeSettler(settler: Value): Attributes {
  if (!isMap(settler)) return {};
  return { 'gmr.suspended.settler': nameSettler({ kind: readText(settler.kind), name: readText(settler.name) }) };
}

function describeThread({ id, name, state, frames }: ValueMap): Attributes {
  const calls = listMaps(frames).map(showCall);
  return {
    ...(typeof id === 'number' ? { 'thread.id': id } : {}),
    'thread.name': readText(name),
    'gmr.thread.state': readText(state),
    ...(calls.length === 0 ? {} : { 'code.stacktrace': joinCalls(calls, 'gmr.threads') }),
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
function joinCalls(calls: readonly string[], record: string): string {
  const all = calls.join('\n');
  if (Buffer.byteLength(all) <= MAX_ATTRIBUTE_BYTES) return all;
  const word = (left: number) => `… ${left} more: the report's log record ${record} has all ${calls.length}`;
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
