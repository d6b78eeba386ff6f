import { expect, test } from 'vitest';
import type { Outcome, Question } from '../../src/agent/evaluation.js';
import { followLate, type Late } from '../../src/agent/late-answers.js';
import type { WorkerQuestion } from '../../src/agent/worker-sessions.js';
import type { LateAnswer, MainAnswer, StackAnswer } from '../../src/sections/sources.js';

const stack: StackAnswer = { frames: [], deeper: false };
const main: MainAnswer = { kind: 'stack', stack, why: 'no hook' };
const never = new Promise<never>(() => {});
const announced: Question = { within: async () => ({ kind: 'silent' }), answer: never };

function follow(about: Partial<Late>, waitMs?: number) {
  const answers: LateAnswer[] = [];
  let released = 0;
  const ended = followLate(
    {
      release() {
        released += 1;
      },
    },
    {
      report: 'r'.repeat(32),
      sinceMs: performance.now(),
      deadlineMs: 5,
      workers: { announced, asked: [] },
      silent: [],
      read: async ({ id, name }) => ({ id, name, stack }),
      onAnswer: (answer) => answers.push(answer),
      ...about,
    },
    waitMs,
  );
  return { answers, ended, released: () => released };
}

function ask(id: number, answer: Promise<Outcome>): WorkerQuestion {
  return { id, name: `worker ${id}`, question: { answer, within: () => answer } };
}

test('main and the workers that it announces when it answers are one answer', async () => {
  const one = follow({
    main: Promise.resolve(main),
    workers: { announced, asked: [ask(1, never), ask(2, never)] },
    read: async ({ id, name }, withinMs) =>
      id === 2 && withinMs === 5 ? { id, name, why: 'silent' } : { id, name, stack },
  });
  await one.ended;
  expect(one.answers).toMatchObject([{ main, workers: [{ id: 1 }] }, { workers: [{ id: 2 }] }]);
  expect(one.answers[1]).not.toHaveProperty('main');
  expect(one.released()).toBeGreaterThan(0);
});

test('a thread that ends without an answer makes none, and nothing stays open', async () => {
  const one = follow({ main: Promise.resolve<MainAnswer>({ kind: 'silent', why: 'closed' }) });
  await one.ended;
  expect(one.answers).toEqual([]);
  expect(one.released()).toBeGreaterThan(0);
});

test('a thread that never answers is waited for within a bound', async () => {
  let giveUp: (answer: MainAnswer) => void = () => {};
  const silent = new Promise<MainAnswer>((resolve) => {
    giveUp = resolve;
  });
  const released = new Promise<void>((resolve) => {
    void followLate(
      { release: resolve },
      {
        report: 'r'.repeat(32),
        sinceMs: 0,
        deadlineMs: 5,
        main: silent,
        workers: { announced, asked: [] },
        silent: [],
        read: () => never,
        onAnswer: () => {
          throw new Error('nobody answered');
        },
      },
      20,
    );
  });
  await released;
  // As the session does when it is closed.
  giveUp({ kind: 'silent', why: 'closed' });
});

test('an answer that cannot be read is lost: a line says so, and the session is closed', async () => {
  const one = follow({ main: Promise.reject(new SyntaxError('no JSON')) });
  await one.ended;
  expect(one.answers).toEqual([]);
  expect(one.released()).toBeGreaterThan(0);
});
