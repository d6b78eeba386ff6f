// Orders something, with a voucher if one is given: node client.mjs [VOUCHER]. Prints the trace id.
import { SpanStatusCode, trace } from '@opentelemetry/api';

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8080';
const order = `o-${process.pid}`;

await trace.getTracer('client').startActiveSpan('buy', async (span) => {
  console.log(`client: order ${order}, trace ${span.spanContext().traceId}`);
  try {
    const body = JSON.stringify({ order, cents: 5990, voucher: process.argv[2] });
    const answer = await fetch(`${gateway}/orders`, { method: 'POST', body });
    console.log(`client: ${answer.status} ${await answer.text()}`);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    console.log(`client: ${error}`);
  } finally {
    span.end();
  }
});
