import { describe, expect, it } from 'vitest';
import { matchThreads } from '../../src/agent/native-workers.js';

const told = (id: number, osId: number) => ({ id, osId });
const silent = (id: number) => ({ id, osId: undefined });

describe('the threads of silent workers', () => {
  it('are those that are left, in the order in which both started', () => {
    const workers = [silent(3), told(1, 101), silent(2)];
    expect([...matchThreads(workers, [107, 101, 105])].sort()).toEqual([
      [1, 101],
      [2, 105],
      [3, 107],
    ]);
  });

  it('are not known if there are more or fewer threads: one worker has begun, or has ended', () => {
    expect(matchThreads([silent(1), silent(2)], [101, 102, 103])).toEqual(new Map());
    expect(matchThreads([silent(1), silent(2)], [101])).toEqual(new Map());
  });

  it('are known between two workers that have answered, whatever has begun or ended elsewhere', () => {
    const workers = [silent(1), told(2, 102), silent(3), silent(4), told(5, 105), silent(6)];
    expect(matchThreads(workers, [102, 103, 104, 105, 106, 107])).toEqual(
      new Map([
        [2, 102],
        [3, 103],
        [4, 104],
        [5, 105],
      ]),
    );
  });

  it('are those of an earlier report, if they are known from there', () => {
    expect(matchThreads([told(1, 101), silent(2)], [101, 102, 103])).toEqual(new Map([[1, 101]]));
  });
});
