import { describe, expect, it } from 'vitest';
import { showAge, showDuration, showTimer } from '../../src/views/duration.js';
import { showBytes } from '../../src/views/key-values.js';
import { showSettler } from '../../src/views/settler.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a number with its unit', () => {
  it.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [9940, '9.9 s'],
    [9960, '10 s'],
    [59_999, '59 s'],
    [MINUTE, '1 min 0 s'],
    [26 * HOUR, '1 d 2 h 0 min 0 s'],
  ])('is a duration: %i ms', (ms, text) => {
    expect(showDuration(ms)).toBe(text);
  });

  it.each([
    [850, '850 ms'],
    [1700, '1.7 s'],
    [99_900, '99.9 s'],
    [1.5 * HOUR, '1 h 30 min 0 s'],
  ])('is an age, in the units of a duration once seconds say nothing: %i ms', (ms, text) => {
    expect(showAge(ms)).toBe(text);
  });

  it.each([
    [20, '20 ms'],
    [1500, '1.5 s'],
    [60_000, '60 s'],
    [25 * HOUR, '1 d 1 h 0 min 0 s'],
  ])('is the time of a timer: %i ms', (ms, text) => {
    expect(showTimer(ms)).toBe(text);
  });

  it('is never a thousand of a smaller unit', () => {
    expect(showBytes(1023.9 * 1024)).toBe('1023.9 KiB');
    expect(showBytes(1024 ** 2 - 1)).toBe('1.0 MiB');
    expect(showBytes(1024 ** 3 - 1)).toBe('1.0 GiB');
  });

  it('is what a suspended function waits for', () => {
    const timer = { ms: 25 * HOUR, dueMs: 90 * MINUTE };
    expect(showSettler({ kind: 'timer', name: '', timer })).toBe('timer of 1 d 1 h 0 min 0 s, due in 1 h 30 min 0 s');
  });
});
