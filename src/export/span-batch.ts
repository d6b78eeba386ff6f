import type { SpanContext } from '@opentelemetry/api';
import { boundBytes, type CreateBuilder, packBatches } from './batch.js';
import { loadApi, type ReadableSpan } from './opentelemetry.js';
import { makeResource } from './resource.js';
import type { SpanContent } from './trace.js';

/** Makes what the SDK's exporter takes for spans; a tracer would give them ids and times of its own. */
export const createSpanBuilder: CreateBuilder<SpanContent> = async (attributes, version) => {
  const { SpanKind, SpanStatusCode, TraceFlags } = loadApi();
  const resource = await makeResource(attributes);
  // One object: the protobuf encoder groups by identity.
  const instrumentationScope = { name: 'guru-meditation', version };
  const toContext = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): SpanContext => ({
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
  });
  const toReadable = (content: SpanContent): ReadableSpan => {
    const { name, traceId, parentSpanId, startTime, endTime, links, linksLeftOut, error } = content;
    return {
      name,
      kind: SpanKind.INTERNAL,
      spanContext: () => toContext(content),
      ...(parentSpanId === undefined ? {} : { parentSpanContext: toContext({ traceId, spanId: parentSpanId }) }),
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
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: linksLeftOut,
    };
  };
  return (contents) =>
    packBatches(contents.map(toReadable), (index) => {
      const { attributes: own = {}, links = [] } = contents[index] ?? {};
      return [own, ...links.map((link) => link.attributes)].reduce((sum, each) => sum + boundBytes(each), 0);
    });
};

function subtract([endS, endNs]: [number, number], [startS, startNs]: [number, number]): [number, number] {
  const [seconds, nanoseconds] = [endS - startS, endNs - startNs];
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1_000_000_000] : [seconds, nanoseconds];
}
