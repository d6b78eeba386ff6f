import { describe, expect, test } from 'vitest';
import { listNodeProcesses, type NodeProcess } from '../../src/cli/node-processes.js';
import { chooseSignal, listReportSignals } from '../../src/cli/signal-effect.js';
import { CommandError } from '../../src/cli/usage.js';
import { maskOf } from '../../src/procfs/signal-masks.js';
import { makeTree } from '../procfs/helpers.js';

const BOTH = ['SIGUSR1', 'SIGUSR2'];
const makeProcess = (more: Partial<NodeProcess> = {}): NodeProcess => ({
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
  test('is the first that makes a report, unless one is given', () => {
    expect(chooseSignal(makeProcess())).toEqual({ kind: 'send', signal: 'SIGUSR1' });
    expect(chooseSignal(makeProcess({ blocked: maskOf(['SIGUSR1']) }))).toEqual({ kind: 'send', signal: 'SIGUSR2' });
  });

  test('is one of the two default ones if the agent does not list its signals, and the kernel says that it is caught', () => {
    const mark = { signals: undefined, serviceHash: '' };
    expect(listReportSignals(makeProcess({ mark }))).toEqual(BOTH);
    expect(listReportSignals(makeProcess({ mark, masks: masks(['SIGUSR1', 'SIGHUP']) }))).toEqual(['SIGUSR1']);
  });

  test.each([
    ['stopped', /stopped, and answers when it is continued: kill -CONT 7$/],
    ['traced', /a debugger holds it/],
    ['disk sleep', /^undefined$/],
  ])('to a process that is %s is sent, with a remark if it will not answer at once', (state, remark) => {
    const decision = chooseSignal(makeProcess({ state }));
    expect(decision.kind).toBe('send');
    expect(String(decision.kind === 'send' && decision.remark)).toMatch(remark);
  });

  test.each<[string, Partial<NodeProcess>, string | undefined, RegExp]>([
    ['that is blocked', { blocked: maskOf(BOTH) }, undefined, /^SIGUSR1 would not reach it: it is blocked, though/],
    [
      'that is not caught although it should be',
      { masks: masks(['SIGUSR1']) },
      'SIGUSR2',
      /^SIGUSR2 would end it, though/,
    ],
    ['that is ignored', { mark: undefined, masks: masks([], ['SIGUSR2']) }, 'SIGUSR2', /SIGUSR2 would be ignored$/],
    ['that ends no process', { mark: undefined }, 'SIGURG', /SIGURG would do nothing$/],
    ['with an unknown effect', { mark: undefined, masks: undefined }, 'SIGUSR2', /would have an unknown effect$/],
    ['to a process that has ended', { state: 'zombie' }, undefined, /^it has ended \(zombie\)$/],
    [
      'to a process that reports for no signal',
      { mark: { signals: [], serviceHash: '1' } },
      undefined,
      /no report for any signal/,
    ],
  ])('%s is refused', (_, more, signal, why) => {
    const decision = chooseSignal(makeProcess(more), signal);
    expect(decision.kind === 'refuse' && decision.reason).toMatch(why);
  });
});

test('without /proc one line says so', () => {
  expect(() => listNodeProcesses(makeTree({ 'other/file': '' }))).toThrow(CommandError);
  expect(() => listNodeProcesses(makeTree({ 'other/file': '' }))).toThrow(/^there is no \/proc here/);
});
