import { expect, test } from 'vitest';
import { createQueue, type Job } from '../../src/agent/queue.js';

const signal = { kind: 'signal', signal: 'SIGUSR1', heardBy: 'agent' } as const;

test('behind a report that failed before main was read, the next signal makes a report', async () => {
  const made: Job[] = [];
  const queue = createQueue(
    async (job) => void made.push(job),
    () => 10,
    () => {},
  );
  queue.addTrigger(signal);
  await queue.drained();
  queue.addTrigger(signal);
  await queue.drained();
  expect(made).toHaveLength(2);
});
