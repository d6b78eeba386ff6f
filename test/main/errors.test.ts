import { expect, it } from 'vitest';
import { captureFrames, EVALUATED } from '../../src/main/capture.js';
import { toPlain } from '../../src/main/plain.js';

class SmtpError extends Error {}

it('names an error by its class if that sets no name, in its stack too', () => {
  const plain = toPlain(new SmtpError('550')) as { name: string; stack: string };
  expect(plain.name).toBe('SmtpError');
  expect(plain.stack).toMatch(/^SmtpError: 550\n/);
  expect(toPlain(Object.assign(new SmtpError('550'), { name: 'Own' }))).toMatchObject({ name: 'Own' });
  expect(toPlain(new TypeError('x'))).toMatchObject({ name: 'TypeError' });
});

it('keeps no place in the name of a callback of a promise', async () => {
  const captured = await new Promise<ReturnType<typeof captureFrames>>((resolve) => {
    // V8 names the arrow function after the call that it is given to.
    void Promise.resolve().finally(() => resolve(captureFrames(10, captureFrames, EVALUATED)));
  });
  for (const frame of captured.frames) expect(frame.function).not.toMatch(/\(/);
  expect(captured.frames[0]?.position).toBeGreaterThan(0);
});
