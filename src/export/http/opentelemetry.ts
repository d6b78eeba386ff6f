import type { Agent } from 'node:http';
import { ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { AnyValue } from '@opentelemetry/api-logs';
import type { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Protocol } from '../target.js';
import type { Signal } from '../target-sources.js';
import type { LogRecordContent, SpanContent, Time } from '../wire/contents.js';
import type { Origin } from '../wire/otlp-lines.js';
import { hideFiles } from './hidden-variables.js';

/*
 * The only file that uses the SDK. The SDK takes longer to load than a report to make, so this file is imported when
 * something is sent for the first time, and not before.
 */

export type { ReadableLogRecord };
export type ReadableSpan = Parameters<OTLPTraceExporter['export']>[0][number];
export type Item = ReadableLogRecord | ReadableSpan;

/** Gets items of its own signal only. */
export interface OfficialExporter {
  export(items: Item[], done: (result: { code: number; error?: Error }) => void): void;
}

export interface ExporterOptions {
  readonly url: string;
  readonly userAgent: string;
  readonly agent: Agent;
  readonly headers: () => Promise<{ [name: string]: string }>;
}

type NativeOptions = NonNullable<ConstructorParameters<typeof OTLPLogExporter>[0]>;

/** Too short for a second try: there is one loop of retries, and it is the outbox's. The agent sets the real time-out. */
const TIMEOUT_MS = 1;

/** The official exporter of a signal. Headers are those of the environment and `headers`; the agent gives address, TLS and gzip. */
export async function createOfficialExporter(
  signal: Signal,
  protocol: Protocol,
  { url, userAgent, agent, headers }: ExporterOptions,
): Promise<OfficialExporter> {
  const options: NativeOptions = {
    url,
    userAgent,
    headers,
    timeoutMillis: TIMEOUT_MS,
    // Its own gzip goes through the thread pool.
    compression: 'none' as NonNullable<NativeOptions['compression']>,
    httpAgentOptions: () => agent,
  };
  const Exporter = await loadExporter(signal, protocol === 'http/json');
  return hideFiles(() => new Exporter(options));
}

/** The build puts the exporters into one file with this module; each one runs when it is first imported. */
async function loadExporter(
  signal: Signal,
  isJson: boolean,
): Promise<new (options: NativeOptions) => OfficialExporter> {
  if (signal === 'logs')
    return (
      await (isJson
        ? import('@opentelemetry/exporter-logs-otlp-http')
        : import('@opentelemetry/exporter-logs-otlp-proto'))
    ).OTLPLogExporter;
  return (
    await (isJson
      ? import('@opentelemetry/exporter-trace-otlp-http')
      : import('@opentelemetry/exporter-trace-otlp-proto'))
  ).OTLPTraceExporter;
}

/** The SDK's log records, by a logger provider of our own: the application's has a configuration of its own. */
export function toLogItems({ resource, version }: Origin, contents: readonly LogRecordContent[]): ReadableLogRecord[] {
  const collected: ReadableLogRecord[] = [];
  const provider = new LoggerProvider({
    resource: toResource(resource),
    processors: [
      {
        onEmit: (record) => void collected.push(record),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const logger = provider.getLogger('guru-meditation', version);
  for (const { traceId, spanId, timestamp, body, ...content } of contents) {
    logger.emit({
      ...content,
      body: body as AnyValue,
      timestamp,
      // Its own time, not the clock's: a record that is sent twice is to be the same.
      observedTimestamp: timestamp,
      context: trace.setSpanContext(ROOT_CONTEXT, toContext({ traceId, spanId })),
    });
  }
  return collected;
}

/** Spans as the SDK's exporter reads them; a tracer would give them ids and times of its own. */
export function toSpanItems(
  { resource: attributes, version }: Origin,
  contents: readonly SpanContent[],
): ReadableSpan[] {
  // One object of each: the protobuf encoder groups by identity.
  const resource = toResource(attributes);
  const instrumentationScope = { name: 'guru-meditation', version };
  return contents.map((content) => {
    const { name, traceId, parentSpanId, startTime, endTime, links, linksLeftOut, error } = content;
    return {
      name,
      kind: SpanKind.INTERNAL,
      spanContext: () => toContext(content),
      ...(parentSpanId === undefined
        ? {}
        : { parentSpanId, parentSpanContext: toContext({ traceId, spanId: parentSpanId }) }),
      startTime,
      endTime,
      duration: subtract(endTime, startTime),
      status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
      attributes: content.attributes,
      links: links.map((link) => ({ context: toContext(link), attributes: link.attributes })),
      events: [],
      ended: true,
      resource,
      instrumentationScope,
      // Its name in the SDK's 1.x line, as `parentSpanId` is: a program's own exporter may be of that line.
      instrumentationLibrary: instrumentationScope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: linksLeftOut,
    };
  });
}

/** With the attributes that the SDK says of itself. */
export function toResource(attributes: Origin['resource']): Resource {
  return defaultResource().merge(resourceFromAttributes(attributes as { [name: string]: string }));
}

function toContext({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

function subtract([endS, endNs]: Time, [startS, startNs]: Time): Time {
  const [seconds, nanoseconds] = [endS - startS, endNs - startNs];
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1_000_000_000] : [seconds, nanoseconds];
}
