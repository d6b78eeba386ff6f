import { describe, expect, it } from 'vitest';
import { buildPrograms } from './programs.js';
import type { SettlersSeen } from './settlers-target.js';

const run = buildPrograms('settlers-target');

/** By the name of the function that waits. */
const TOLD: { readonly [name: string]: string | RegExp } = {
  lock: 'object Mutex.queue 3',
  acquire: 'object Pool.pending 1',
  inCrowd: 'object Crowd.waiting 70001',
  timer: 'timer Timeout',
  timerCall: 'timer Timeout calls',
  timerPromise: 'timer Timeout',
  firedTimer: 'object Mutex.queue 3',
  onceEvent: "event 'ready' of Bus",
  listener: "event 'drain' of Bus calls",
  upOrEnd: "event 'up' of Bus calls",
  openFile: 'native FSReqPromise',
  readCallback: 'object ReadFileContext.callback calls',
  socketData: "event 'data' of Socket to localhost calls",
  httpRequest: "event 'response' of ClientRequest to localhost calls",
  streamEnd: /^event '(finish|end|close|error)' of PassThrough$/,
  eachChunk: /^(event 'readable' of Readable|promise a callback of another promise)$/,
  property: 'variable gate[…] of start',
  byUser: 'variable users[…] of start',
  byGlobal: 'variable globalThis[…]',
  byMarkedUser: 'variable dictionary[…] of start',
  member: 'variable set of start 1',
  instance: 'object Deferred.resolve',
  workerMessage: "event 'message' of Worker",
  portMessage: /^(object Listener\.listener|event 'message' of MessagePort|object MessagePort\b.*)$/,
  childExit: "event 'exit' of ChildProcess",
  afterOther: 'promise a callback of another promise calls',
  lost: 'nobody ',
  crowdAtGate: 'object Deferred.resolve',
  crowdOfLost: 'nobody ',
  // Its list is longer than is looked at: that is not known, and not nobody.
  inLongList: '',
};

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('what would settle a promise', () => {
  it.for([0, 40])('is found for things of every kind, beside %i MB of other objects', (megabytes) => {
    const seen = run<SettlersSeen>('settlers-target', String(megabytes));
    for (const [name, told] of Object.entries(TOLD))
      expect({ name, told: seen[name]?.told }).toEqual({
        name,
        told: typeof told === 'string' ? told : expect.stringMatching(told),
      });
    expect(JSON.stringify(seen)).not.toMatch(/hunter2|example\.com/);
    expect([seen.timer?.ms, seen.timerCall?.ms, seen.timerPromise?.ms]).toEqual([60_000, 90_000, 120_000]);
    const [from = 0, until = 0] = seen.timer?.begun ?? [];
    expect(seen.timer?.at).toBeGreaterThanOrEqual(from + 60_000);
    expect(seen.timer?.at).toBeLessThanOrEqual(until + 60_000);
  });

  it('is nobody for no function while the thread runs JavaScript: a function that runs settles its own promise', () => {
    const seen = run<SettlersSeen>('settlers-target', '0', 'blocked');
    expect(seen.waitForRunning).toBeDefined();
    expect(JSON.stringify(seen)).not.toContain('nobody');
    expect(seen.lock?.told).toBe('object Mutex.queue 3');
  });
});
