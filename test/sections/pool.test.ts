import { expect, it } from 'vitest';
import { classifyThreads } from '../../src/procfs/thread-kinds.js';
import { readPoolSize, tellPool } from '../../src/sections/pool.js';

const thread = (id: number, more: object = {}) => ({ id, name: 'node', state: 'sleeping', cpuMs: 0, ...more });
const IDLE = { wchan: 'futex_do_wait', syscall: 'futex' };
const BUSY = { wchan: 'wait_for_partner', syscall: 'openat' };

it('tells how many pool threads are busy, and in which calls', () => {
  expect(tellPool([1, 2, 3, 4].map((id) => thread(id, BUSY)))).toBe(
    '4 of 4 pool threads are busy: 4 in openat (wait_for_partner)',
  );
  expect(tellPool([thread(1, IDLE), thread(2, { ...IDLE, state: 'running' }), thread(3, BUSY)])).toMatch(/^2 of 3 /);
  expect(tellPool([thread(1, IDLE)])).toBeUndefined();
});

it('reads the size of the pool as libuv does', () => {
  expect(readPoolSize({})).toBe(4);
  expect(readPoolSize({ UV_THREADPOOL_SIZE: '9' })).toBe(9);
  expect(readPoolSize({ UV_THREADPOOL_SIZE: '0' })).toBe(1);
  expect(readPoolSize({ UV_THREADPOOL_SIZE: '9999' })).toBe(1024);
});

it('tells a worker from the pool if all threads have one name: the worker has used more CPU', () => {
  // Main, Node's first six, a worker, the pool, the agent.
  const threads = [100, 101, 102, 103, 104, 105, 106].map((id) => thread(id));
  const worker = thread(107, { cpuMs: 20 });
  const pool = [108, 109, 110, 111].map((id) => thread(id, { cpuMs: 0.1 }));
  const agent = thread(112, { name: 'gmr:a00:3920d2b' });
  const options = { pid: 100, known: new Set<number>(), unknownCount: 1, poolSize: 4 };
  const kinds = classifyThreads([...threads, worker, ...pool, agent], options);
  expect(kinds.get(107)).toBe('other');
  expect(pool.map(({ id }) => kinds.get(id))).toEqual(['pool', 'pool', 'pool', 'pool']);
  expect(kinds.get(112)).toBe('agent');
  expect(kinds.get(103)).toBe('V8');
});
