// COUNT spans that never end, some held, some with attributes that nobody should touch; then a report of its own.
import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('many');
const count = Number(process.env.COUNT);
globalThis.held = Array.from({ length: count }, (_, n) => tracer.startSpan(`span ${n}`));
const [first, second, third, fourth] = globalThis.held;
first.setAttribute('enormous', 'x'.repeat(50_000_000));
second.setAttributes(Object.fromEntries(Array.from({ length: 128 }, (_, n) => [`name ${n}`, n])));
third.attributes = new Proxy(
  {},
  {
    ownKeys: () => {
      for (;;);
    },
  },
);
Object.defineProperty(fourth.attributes, 'getter', {
  enumerable: true,
  get: () => {
    for (;;);
  },
});
globalThis.held[4].spanContext = () => {
  throw new Error('spanContext of the application');
};
globalThis.held[5].setAttribute = () => {
  throw new Error('setAttribute of the application');
};
if (process.env.LET_GO) globalThis.held.length = Number(process.env.LET_GO);
setInterval(() => globalThis.gc?.(), 50);
console.log('up');
const tellMarked = () => {
  const marked = globalThis.held.filter((span) => 'gmr.report.id' in span.attributes).length;
  console.log(`marked ${marked}`);
};
// The hook had no time for the rest: it follows while the loop turns.
process.stdin.on('data', () => setInterval(tellMarked, 50));
