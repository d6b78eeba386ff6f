import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { listNodeProcesses, type NodeProcess, readNodeProcess } from '../../src/cli/node-processes.js';
import { chooseSignal, describeEffect, listReportSignals } from '../../src/cli/signal-effect.js';
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
  isInit: false,
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
    [
      'that a PID 1 does not catch',
      { mark: undefined, isInit: true, masks: masks(['SIGUSR1']) },
      'SIGUSR2',
      /SIGUSR2 would be ignored: it is a PID 1$/,
    ],
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

test('a process that has ended is not said to do anything with a signal', () => {
  expect(describeEffect(makeProcess({ state: 'zombie' }), 'SIGUSR2')).toBe('would do nothing: it has ended');
});

test.each([
  ['NSpid:\t7\t1\n', true],
  ['NSpid:\t7\t12\n', false],
  ['', false],
])('a process is the first of its container by its innermost pid: %j', (line, isInit) => {
  const root = makeTree({
    '7/stat': `7 (node) S 1 7 7 0 -1 0 0 0 0 0 3 2 0 0 20 0 1 0 100 0 0`,
    '7/status': `Name:\tnode\nUid:\t0\t0\t0\t0\n${line}Threads:\t1\n`,
  });
  expect(readNodeProcess(7, root)).toMatchObject({ isInit });
});

test.each(['node', 'nodejs', 'node22', 'node-22', 'node-22.1', 'nodejs-18'])('%s is Node', (name) => {
  const root = makeTree({
    '7/stat': `7 (MainThread) S 1 7 7 0 -1 0 0 0 0 0 3 2 0 0 20 0 1 0 100 0 0`,
    '7/status': 'Name:\tMainThread\nThreads:\t1\n',
  });
  symlinkSync(`/usr/bin/${name}`, `${root}/7/exe`);
  expect(readNodeProcess(7, root)?.isNode).toBe(true);
});

test('without /proc one line says so', () => {
  expect(() => listNodeProcesses(makeTree({ 'other/file': '' }))).toThrow(CommandError);
  expect(() => listNodeProcesses(makeTree({ 'other/file': '' }))).toThrow(/^there is no \/proc here/);
});
