import { describe, expect, it } from 'vitest';
import type { HandlesReading } from '../../src/v8/readings.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('handles-target');

/** Longer than a name. */
const SOCKET = `${'s'.repeat(90)}.sock`;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('timers and servers', () => {
  it('are found beside many objects of another realm, and in a table of properties; a server by its whole address', () => {
    const read = run<HandlesReading>('handles-target', SOCKET);
    if (read.kind !== 'read') throw new Error(read.reason);
    expect(read.isWhole).toBe(true);
    expect(read.timers).toContainEqual(
      expect.objectContaining({ ms: 1e8, repeats: true, callback: expect.objectContaining({ functionName: 'tick' }) }),
    );
    expect(read.servers.map(({ name, key }) => ({ name, key }))).toEqual(
      expect.arrayContaining([
        { name: 'Server', key: `-1:${SOCKET}:-1` },
        { name: 'Server', key: '4:127.0.0.1:0' },
      ]),
    );
  });
});
