import { expect, it } from 'vitest';
import { spanTracker } from '../../src/main/in-flight/spans.js';

it('shows a span without a start or a name that can be read, and not as the oldest', () => {
  const traceId = '0123456789abcdef0123456789abcdef';
  const tracker = spanTracker();
  const spans = [
    { name: 'no start', spanContext: () => ({ traceId, spanId: '0000000000000001' }) },
    { name: 'other start', startTime: '12:00', spanContext: () => ({ traceId, spanId: '0000000000000002' }) },
    {
      get name() {
        throw new Error('mine');
      },
      startTime: [Math.floor(Date.now() / 1000) - 5, 0],
      spanContext: () => ({ traceId, spanId: '0000000000000003' }),
    },
  ];
  for (const span of spans) tracker.processor.onStart(span);
  const read = tracker.read(undefined);
  for (const span of spans) tracker.processor.onEnd(span);
  expect(read.count).toBe(3);
  expect(read.spans.map(({ name }) => name)).toEqual(['', 'no start', 'other start']);
  expect(read.spans.slice(1).map(({ ageMs }) => ageMs)).toEqual([0, 0]);
});
