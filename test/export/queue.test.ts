import { expect, test } from 'vitest';
import type { Failure } from '../../src/export/failure.js';
import type { Item } from '../../src/export/opentelemetry.js';
import { createQueue, KEEP, type KeepSettings, type Queue } from '../../src/export/queue.js';
import type { Answer } from '../../src/export/sender.js';
import type { Stored } from '../../src/export/shipment.js';

const busy: Failure = { reason: '503', retryable: true, status: 503 };

const BATCHES = [{ items: [{} as Item], bytes: 1 }];
const nothing = async () => {};
const FILE: Stored = {
  place: '/spool',
  load: async () => BATCHES,
  remove: nothing,
  setAside: nothing,
  touch: nothing,
  release: nothing,
};

/** A queue to a server that answers one request after the other with these, and then takes what comes. */
function startQueue(failures: readonly (Failure | 'taken')[], settings: Partial<KeepSettings> = {}) {
  const left = [...failures];
  const triesMs: number[] = [];
  const queue: Queue = createQueue({
    sender: {
      start: () => {
        triesMs.push(performance.now());
        const failure = left.shift() ?? 'taken';
        const answer: Answer =
          failure === 'taken'
            ? { kind: 'taken', failures: 0, rejected: 0, message: '' }
            : { kind: 'refused', failures: 1, failure };
        return { answer: Promise.resolve(answer), abandon: () => {} };
      },
      close: () => {},
    },
    cargo: { noun: 'record', url: 'http://localhost/v1/logs' },
    keep: { ...KEEP, firstPauseMs: 100, ...settings },
    tell: () => {},
    hearUnwanted: () => undefined,
  });
  const add = (id: string, stored?: Stored) => {
    let onEnd = () => {};
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve;
    });
    return { first: queue.add(id, BATCHES, stored, onEnd), ended };
  };
  return { add, triesMs };
}

test('a Retry-After holds where a try was due earlier', async () => {
  const { add, triesMs } = startQueue([busy, { ...busy, retryAfterMs: 700 }]);
  const one = add('1');
  await one.first;
  const other = add('2');
  await other.first;
  await Promise.all([one.ended, other.ended]);
  expect(triesMs.length).toBe(4);
  expect((triesMs[2] ?? 0) - (triesMs[1] ?? 0)).toBeGreaterThanOrEqual(690);
});

test('a Retry-After holds where something else is taken meanwhile', async () => {
  const { add, triesMs } = startQueue([{ ...busy, retryAfterMs: 700 }, 'taken']);
  const one = add('1');
  await one.first;
  expect(await add('2').first).toMatchObject({ taken: true });
  await one.ended;
  expect((triesMs[2] ?? 0) - (triesMs[0] ?? 0)).toBeGreaterThanOrEqual(690);
});

test('a Retry-After holds longer than the longest pause between two looks at what is kept', async () => {
  const { add, triesMs } = startQueue([{ ...busy, retryAfterMs: 600 }], { firstPauseMs: 50, keepMs: 100 });
  await add('1', FILE).ended;
  expect((triesMs[1] ?? 0) - (triesMs[0] ?? 0)).toBeGreaterThanOrEqual(590);
});
