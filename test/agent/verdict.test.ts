import { describe, expect, it } from 'vitest';
import { describeVerdict, type VerdictSources } from '../../src/agent/verdict.js';
import type { Frame, InFlightRequest, Thread } from '../../src/report.js';
import { tellVerdict } from '../../src/views/verdict.js';

const NONE: VerdictSources = {
  threads: { threads: [], osThreads: [] },
  busiest: undefined,
  inFlight: null,
  crash: null,
  runtime: null,
  root: '/srv/shop',
};
const frame = (place: Partial<Frame> = {}): Frame => ({
  function: 'applyVoucher',
  file: '/srv/shop/lib/checkout.mjs',
  line: 14,
  column: 3,
  origin: 'application',
  async: false,
  ...place,
});
const thread = (about: Partial<Thread> = {}): Thread => ({
  id: 0,
  name: 'main',
  state: 'running JavaScript',
  frames: [frame()],
  ...about,
});
const request = (about: Partial<InFlightRequest> = {}): InFlightRequest => ({
  direction: 'served',
  protocol: 'http',
  method: 'POST',
  path: '/checkout',
  state: 'being handled',
  ageMs: 1700,
  active: false,
  ...about,
});
const inFlight = (...requests: InFlightRequest[]) => ({
  known: true,
  requests,
  requestCount: requests.length,
  spans: [],
  spanCount: 0,
});
const threads = (...all: Thread[]) => ({ threads: all, osThreads: [] });

describe('the verdict', () => {
  it('names the innermost call of the application, relative to its directory, and the request', () => {
    const dependency = frame({ file: '/srv/shop/node_modules/a/a.js', origin: 'dependency', function: 'a' });
    const verdict = describeVerdict({
      ...NONE,
      threads: threads(thread({ frames: [dependency, frame()] })),
      inFlight: inFlight(request({ active: true }), request({ direction: 'made', peer: 'stock:8080', ageMs: 900 })),
    });
    expect(verdict).toEqual({
      at: 'lib/checkout.mjs:14 in applyVoucher',
      serving: 'POST /checkout, 1.7 s',
      inFlight: '1 request served, 1 made; the oldest is POST /checkout, 1.7 s',
    });
    expect(tellVerdict({ main: 'running JavaScript', mainForMs: 1700, ...verdict })).toBe(
      'main running JavaScript for 1.7 s at lib/checkout.mjs:14 in applyVoucher; serving POST /checkout, 1.7 s; ' +
        'in flight 1 request served, 1 made; the oldest is POST /checkout, 1.7 s',
    );
  });

  it('names a file outside of that directory by its whole path, and native code if there is no file', () => {
    const at = (place: Partial<Frame>) =>
      describeVerdict({ ...NONE, threads: threads(thread({ frames: [frame(place)] })) }).at;
    expect(at({ file: '/srv/shop-2/a.mjs' })).toBe('/srv/shop-2/a.mjs:14 in applyVoucher');
    expect(at({ file: '', line: 0, function: 'parse', origin: 'node' })).toBe('native code in parse');
  });

  it('names the thing that main waits for: a child, a native function', () => {
    const wait = (about: Partial<Thread>) => describeVerdict({ ...NONE, threads: threads(thread(about)) }).waitsFor;
    expect(wait({ state: 'waits for its child', child: { pid: 7, command: 'sleep 6' } })).toBe('sleep 6 (pid 7)');
    const kernel = { state: 'sleeping', syscall: 'openat', cpuMs: 0, sampleMs: 2 };
    expect(wait({ state: 'in native code', callee: 'open', kernel })).toBe('open (system call openat)');
    expect(wait({ state: 'in native code', callee: 'parse' })).toBe('parse');
    expect(wait({})).toBeUndefined();
  });

  it('names, for an idle process, the place where most suspended calls wait, or the oldest request that it has made', () => {
    const idle = threads(thread({ state: 'idle', frames: [] }));
    const raw = { function: 'loadCart', file: 'cart.mjs', line: 9, column: 1, async: true };
    const busiest = {
      frame: frame({ function: 'loadCart', file: '/srv/shop/cart.mjs', line: 9 }),
      raw,
      count: 50,
      of: 51,
    };
    expect(describeVerdict({ ...NONE, threads: idle, busiest }).waitsFor).toBe(
      '50 of 51 suspended calls at loadCart cart.mjs:9',
    );
    const requests = { count: 1, of: 1, areAll: true };
    expect(describeVerdict({ ...NONE, threads: idle, busiest: { ...busiest, requests } }).waitsFor).toBe(
      '1 of 1 request at loadCart cart.mjs:9',
    );
    const oldest = { count: 150, of: 200, areAll: false };
    expect(describeVerdict({ ...NONE, threads: idle, busiest: { ...busiest, requests: oldest } }).waitsFor).toBe(
      '150 of the 200 oldest requests at loadCart cart.mjs:9',
    );
    const made = request({ direction: 'made', path: '/reserve', peer: 'stock:8080' });
    expect(describeVerdict({ ...NONE, threads: idle, inFlight: inFlight(made, made) }).waitsFor).toBe(
      'POST stock:8080/reserve, 1.7 s, and 1 more that it has made',
    );
    const oldestMade = { ...inFlight(made, made), requestCount: 300 };
    expect(describeVerdict({ ...NONE, threads: idle, inFlight: oldestMade }).waitsFor).toBe(
      'POST stock:8080/reserve, 1.7 s, and at least 1 more that it has made',
    );
  });

  it('names the workers that are not idle', () => {
    const worker = (id: number, about: Partial<Thread> = {}) => thread({ id, name: 'resize', ...about });
    const busy = [1, 2, 3, 4].map((id) => worker(id));
    const { workers } = describeVerdict({
      ...NONE,
      threads: threads(thread({ state: 'idle', frames: [] }), ...busy, worker(5, { state: 'idle', frames: [] })),
    });
    expect(workers).toBe(
      `${[1, 2, 3].map((id) => `#${id} resize running JavaScript at lib/checkout.mjs:14 in applyVoucher`).join('; ')}; 1 more (4 of 5)`,
    );
  });

  it('names a thrown value of any kind', () => {
    const thrown = (error: NonNullable<VerdictSources['crash']>['error']) =>
      describeVerdict({ ...NONE, crash: { origin: 'uncaughtException', error } }).thrown;
    expect(thrown({ name: 'TypeError', message: 'x is not a function\nat all' })).toBe(
      'TypeError: x is not a function',
    );
    expect(thrown('out of stock')).toBe('out of stock');
    expect(thrown(null)).toBe('null');
    expect(thrown({ code: 5, path: '/x' })).toBe('an object with code, path');
    expect(thrown({ message: { code: 5 } })).toBe('an object with message');
    expect(thrown({})).toBe('an object without keys');
    expect(thrown([{}, {}])).toBe('a list of 2');
    expect(thrown('')).toBe('an empty text');
    expect(thrown({ name: 'E', message: 'x'.repeat(1000) })).toHaveLength(300);
    expect(tellVerdict({ main: 'running JavaScript', thrown: 'E: x', at: 'a.mjs:1 in f' })).toBe(
      'thrown E: x at a.mjs:1 in f',
    );
  });

  it('names a heap that is nearly full, and no other', () => {
    const memory = (usedOfLimitPercent: number | null) =>
      describeVerdict({ ...NONE, runtime: { heap: { usedOfLimitPercent } } }).memory;
    expect(memory(97.2)).toBe('the heap is 97.2 % full');
    expect(memory(40)).toBeUndefined();
    expect(memory(null)).toBeUndefined();
    expect(describeVerdict({ ...NONE, runtime: { heap: 'not known' } })).toEqual({});
  });
});
