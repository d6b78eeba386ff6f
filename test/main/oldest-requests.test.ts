import { expect, it } from 'vitest';
import { OldestRequests } from '../../src/main/in-flight/oldest-requests.js';
import type { OpenRequest } from '../../src/main/in-flight/request.js';

function request(id: number, startMs: number): OpenRequest {
  return {
    id,
    startMs,
    describe: () => ({ direction: 'served', protocol: 'http', method: 'GET', path: '/', state: '' }),
  };
}

it('of many requests in any order the oldest are kept, and the active one; all are counted', () => {
  const found = new OldestRequests(5, 3);
  // Ids 0 to 99, begun in another order: id 3 is among the newest.
  const startOf = (id: number) => (id === 3 ? 1000 : (id * 37) % 100);
  let made = 0;
  for (let id = 0; id < 100; id += 1) {
    if (!found.wants(startOf(id), id)) continue;
    made += 1;
    found.add(request(id, startOf(id)));
  }
  const oldest = Array.from({ length: 100 }, (_, id) => id)
    .filter((id) => id !== 3)
    .sort((one, other) => startOf(one) - startOf(other))
    .slice(0, 5);
  expect(found.list().map(({ id }) => id)).toEqual([...oldest, 3]);
  expect(found.count).toBe(100);
  expect(made).toBeLessThan(60);
});
