import { expect, it } from 'vitest';
import { findBlockedSignals } from '../../src/procfs/signal-masks.js';
import { makeTree } from './helpers.js';

const read = (mask: string) =>
  findBlockedSignals(['SIGUSR1', 'SIGUSR2'], makeTree({ 'self/status': `Name:\tnode\nSigBlk:\t${mask}\n` }));

it('a signal that is in the mask is blocked', () => {
  expect(read('0000000000000000')).toEqual([]);
  expect(read('0000000000000200')).toEqual(['SIGUSR1']);
  expect(read('0000000000000a00')).toEqual(['SIGUSR1', 'SIGUSR2']);
});

it.each([
  ['libuv', 'fffffffe3ffbfa87'],
  ['the C library', 'fffffffe7ffbfeff'],
])('nearly all signals are blocked while a child is started, by %s: that says nothing', (_, mask) => {
  expect(read(mask)).toBeUndefined();
});
