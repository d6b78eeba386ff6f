import { describe, expect, it } from 'vitest';
import { parseStat, stateWord } from '../../src/procfs/stat.js';
import { statLine } from './helpers.js';

describe('parseStat', () => {
  it('reads the fields of a line', () => {
    expect(parseStat(statLine(42, 'node', 'S', 7))).toEqual({
      id: 42,
      name: 'node',
      state: 'sleeping',
      parentPid: 7,
      majorFaults: 7,
      userCpuMs: 150,
      systemCpuMs: 50,
      startedAfterBootMs: 14_859_500,
      cpu: 0,
    });
    expect(parseStat(statLine(42, 'node', 'S', 7, 63))?.cpu).toBe(63);
  });

  it.each(['a b', ') R 1 (', '((', 'x) S 99', 'two\nlines', '', 'été'])('takes the name %j for what it is', (name) => {
    expect(parseStat(statLine(42, name, 'R', 7))).toMatchObject({ id: 42, name, state: 'running', parentPid: 7 });
  });

  it.each(['', 'nonsense', '42 (node', '42 (node) S', '(node) S 1', '42 node S 7 1 1'])(
    'finds nothing in %j',
    (text) => {
      expect(parseStat(text)).toBeUndefined();
    },
  );
});

describe('stateWord', () => {
  it('names the states as the kernel does', () => {
    expect([...'RSDTtZXI'].map(stateWord)).toEqual([
      'running',
      'sleeping',
      'disk sleep',
      'stopped',
      'traced',
      'zombie',
      'dead',
      'idle',
    ]);
  });

  it('keeps a letter that it does not know', () => {
    expect(stateWord('Q')).toBe('state Q');
    expect(stateWord('')).toBe('unknown');
  });
});
