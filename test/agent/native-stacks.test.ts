import { describe, expect, it } from 'vitest';
import { type Outcome, type Question, SILENT } from '../../src/agent/evaluation.js';
import { awaitOrLook, type NativeStacks } from '../../src/agent/native-stacks.js';
import type { NativeLook } from '../../src/sections/sources.js';

const NOT_NOW: NativeLook = { why: 'it runs JavaScript' };
const STACK: NativeLook = { stack: { frames: [], deeper: false, texts: () => undefined } };

/** The last of these for all later looks. The thread collects garbage the first `collecting` times that this is asked. */
function lookInTurn(looks: readonly NativeLook[], collecting = 0) {
  let asked = 0;
  let left = collecting;
  const look = () => looks[Math.min(asked++, looks.length - 1)] as NativeLook;
  const isCollecting = () => left-- > 0;
  return { natives: { look, isCollecting } as unknown as NativeStacks, asked: () => asked };
}

/** It answers at the n-th time, if it is given. */
function askSilent(answersAt?: number): Question {
  let times = 0;
  const within = async (): Promise<Outcome> => {
    times += 1;
    return times === answersAt ? { kind: 'answered', json: '{}' } : SILENT;
  };
  return { within, answer: new Promise(() => {}) };
}

/** No thread has this number: it is never asleep, so that no look is made before the deadline, and never without a CPU. */
const NO_THREAD = 0;
const awaitWith = (question: Question, natives: NativeStacks) => awaitOrLook(question, NO_THREAD, 10, natives);

describe('a thread that has not answered at the end of the deadline', () => {
  it('is looked at again while a look has no stack: V8 may collect garbage just then', async () => {
    const { natives, asked } = lookInTurn([NOT_NOW, NOT_NOW, STACK]);
    expect(await awaitWith(askSilent(), natives)).toEqual({ outcome: SILENT, look: STACK });
    expect(asked()).toBe(3);
  });

  it('may answer meanwhile', async () => {
    const { natives } = lookInTurn([NOT_NOW]);
    expect(await awaitWith(askSilent(3), natives)).toEqual({ outcome: { kind: 'answered', json: '{}' } });
  });

  it('is looked at a few times only', async () => {
    const { natives, asked } = lookInTurn([NOT_NOW]);
    expect(await awaitWith(askSilent(), natives)).toEqual({ outcome: SILENT, look: NOT_NOW });
    expect(asked()).toBe(5);
  });

  it('is looked at once where nothing can be read', async () => {
    const off: NativeLook = { why: 'it is switched off', isOff: true };
    const { natives, asked } = lookInTurn([off]);
    expect(await awaitWith(askSilent(), natives)).toEqual({ outcome: SILENT, look: off });
    expect(asked()).toBe(1);
  });

  it('collects garbage if it does so at each of five looks', async () => {
    const collecting = lookInTurn([STACK], 5);
    expect(await awaitWith(askSilent(), collecting.natives)).toEqual({
      outcome: SILENT,
      look: { ...STACK, isCollecting: true },
    });
    const shortly = lookInTurn([STACK], 4);
    expect(await awaitWith(askSilent(), shortly.natives)).toEqual({ outcome: SILENT, look: STACK });
  });

  it('may answer when it has collected its garbage', async () => {
    const { natives } = lookInTurn([STACK], 5);
    expect(await awaitWith(askSilent(2), natives)).toEqual({ outcome: { kind: 'answered', json: '{}' } });
  });

  it('is in its native call, also while that collects garbage', async () => {
    const parse: NativeLook = { stack: { frames: [], deeper: false, texts: () => undefined, callee: 'parse' } };
    const { natives } = lookInTurn([parse], 5);
    expect(await awaitWith(askSilent(), natives)).toEqual({ outcome: SILENT, look: parse });
  });

  it('has its stack looked for once more after a collection in which it could not be read', async () => {
    const { natives } = lookInTurn([NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW, STACK], 5);
    expect(await awaitWith(askSilent(), natives)).toEqual({ outcome: SILENT, look: { ...STACK, isCollecting: true } });
  });

  it('is in its native call, also if that is known only after a collection', async () => {
    const parse: NativeLook = { stack: { frames: [], deeper: false, texts: () => undefined, callee: 'parse' } };
    const { natives } = lookInTurn([NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW, parse], 5);
    expect(await awaitWith(askSilent(), natives)).toEqual({ outcome: SILENT, look: parse });
  });
});
