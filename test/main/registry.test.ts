import { expect, test } from 'vitest';
import { createRegistry } from '../../src/main/registry.js';

test('an answer that did not arrive is given again, and the next time without texts and data', () => {
  const registry = createRegistry();
  let runs = 0;
  registry.add({ kind: 'section', title: 'One', secret: [], generator: () => `run ${++runs}` });
  const first = registry.run(0, 100, () => {});
  expect(first.items).toMatchObject([{ title: 'One', status: 'ok', text: 'run 1' }]);
  expect(registry.run('resume', 100, () => {})).toEqual(first);
  const [last] = registry.run('resume', 100, () => {}).items;
  expect(last).toMatchObject({ title: 'One', status: 'failed', error: 'left out: it was not handed over in time' });
  expect(last).not.toHaveProperty('text');
  expect(runs).toBe(1);
});
