import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Gate } from '../../src/collector/gate.js';

it('lets two go on at once, two wait in their order, and refuses others', async () => {
  const gate = new Gate(2, 2);
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const start = (name: string) =>
    gate.run(async () => {
      log.push(name);
      await new Promise<void>((end) => ends.push(end));
      if (name === 'a') throw new Error('a failed');
      return name;
    });
  const runs = ['a', 'b', 'c', 'd', 'e'].map(start);
  await expect(runs[4]).rejects.toThrow(/too many requests/);
  expect(log).toEqual(['a', 'b']);
  ends[0]?.();
  await expect(runs[0]).rejects.toThrow('a failed');
  await expect.poll(() => log).toEqual(['a', 'b', 'c']);
  ends[1]?.();
  expect(await runs[1]).toBe('b');
  await expect.poll(() => log).toEqual(['a', 'b', 'c', 'd']);
  for (const end of ends) end();
  expect(await Promise.all(runs.slice(2, 4))).toEqual(['c', 'd']);
});

it('gives a free place to the one that waits, also if another one comes at that moment', async () => {
  const gate = new Gate(1, 2);
  let [running, most] = [0, 0];
  const count = async () => {
    running += 1;
    most = Math.max(most, running);
    await nextTurn();
    running -= 1;
  };
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const runs = [gate.run(() => ended), gate.run(count), ended.then(() => gate.run(count))];
  end();
  await Promise.all(runs);
  expect(most).toBe(1);
});
