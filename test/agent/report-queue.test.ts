import { expect, test } from 'vitest';
import { type Job, ReportQueue } from '../../src/agent/report-queue.js';

const signal = { kind: 'signal', signal: 'SIGUSR1', heardBy: 'agent' } as const;

test('behind a report that failed before main was read, the next signal makes a report', async () => {
  const made: Job[] = [];
  const queue = new ReportQueue({
    make: async (job) => void made.push(job),
    maxPerMinute: () => 10,
    onLimit: () => {},
  });
  queue.addTrigger(signal);
  await queue.drained();
  queue.addTrigger(signal);
  await queue.drained();
  expect(made).toHaveLength(2);
});
