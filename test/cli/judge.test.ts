import { describe, expect, test } from 'vitest';
import { answersTo, judge } from '../../src/cli/judge.js';
import { listNodeProcesses, type Seen } from '../../src/cli/node-processes.js';
import { CommandError } from '../../src/cli/usage.js';
import { maskOf } from '../../src/procfs/signals.js';
import { makeTree } from '../procfs/helpers.js';

const BOTH = ['SIGUSR1', 'SIGUSR2'];
const seen = (more: Partial<Seen> = {}): Seen => ({
  pid: 7,
  startedMs: 100,
  uid: 0,
  state: 'sleeping',
  isNode: true,
  mark: { signals: BOTH, serviceHash: '1234567' },
  masks: { caught: maskOf(BOTH), ignored: maskOf(['SIGPIPE']), blocked: 0n },
  blocked: 0n,
  command: 'node app.js',
  container: undefined,
  service: 'shop',
  ...more,
});
const masks = (caught: string[], ignored: string[] = []) => ({
  caught: maskOf(caught),
  ignored: maskOf(ignored),
  blocked: 0n,
});

describe('a signal', () => {
  test('is the first that the process answers to, where none is wanted', () => {
    expect(judge(seen())).toEqual({ kind: 'answers', signal: 'SIGUSR1' });
    expect(judge(seen({ blocked: maskOf(['SIGUSR1']) }))).toEqual({ kind: 'answers', signal: 'SIGUSR2' });
  });

  test('is assumed to be one of the two usual ones where the agent cannot say, and the kernel says that it is caught', () => {
    const mark = { signals: undefined, serviceHash: '' };
    expect(answersTo(seen({ mark }))).toEqual(BOTH);
    expect(answersTo(seen({ mark, masks: masks(['SIGUSR1', 'SIGHUP']) }))).toEqual(['SIGUSR1']);
  });

  test.each([
    ['stopped', /stopped, and answers when it is continued: kill -CONT 7$/],
    ['traced', /a debugger holds it/],
    ['disk sleep', /^undefined$/],
  ])('to one that is %s is sent, with a remark where one is due', (state, remark) => {
    const judgement = judge(seen({ state }));
    expect(judgement.kind).toBe('answers');
    expect(String(judgement.kind === 'answers' && judgement.remark)).toMatch(remark);
  });

  test.each<[string, Partial<Seen>, string | undefined, RegExp]>([
    ['that is blocked', { blocked: maskOf(BOTH) }, undefined, /^SIGUSR1 would not reach it: it is blocked, though/],
    [
      'that is not caught though it should be',
      { masks: masks(['SIGUSR1']) },
      'SIGUSR2',
      /^SIGUSR2 would end it, though/,
    ],
    ['that is ignored', { mark: undefined, masks: masks([], ['SIGUSR2']) }, 'SIGUSR2', /SIGUSR2 would be ignored$/],
    ['that ends nobody', { mark: undefined }, 'SIGURG', /SIGURG would do nothing$/],
    ['of which nothing is known', { mark: undefined, masks: undefined }, 'SIGUSR2', /would do what cannot be told$/],
    ['to one that has ended', { state: 'zombie' }, undefined, /^it has ended \(zombie\)$/],
    ['to one that wants none', { mark: { signals: [], serviceHash: '1' } }, undefined, /no report for any signal/],
  ])('%s is refused', (_, more, signal, why) => {
    const judgement = judge(seen(more), signal);
    expect(judgement.kind === 'refused' && judgement.why).toMatch(why);
  });
});

test('without /proc one line says that there is none', () => {
  expect(() => listNodeProcesses(makeTree({ 'other/file': '' }))).toThrow(CommandError);
  expect(() => listNodeProcesses(makeTree({ 'other/file': '' }))).toThrow(
    /^which processes answer is read from \/proc/,
  );
});
