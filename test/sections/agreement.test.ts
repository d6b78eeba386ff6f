import { describe, expect, it } from 'vitest';
import type { RawFrame } from '../../src/raw-frame.js';
import { tellAgreement } from '../../src/sections/agreement.js';

function frame(name: string, line: number, more: Partial<RawFrame> = {}): RawFrame {
  const place = { file: '/srv/app.js', line, column: 3, enclosingLine: name.length, enclosingColumn: 1 };
  return { function: name, ...place, async: false, ...more };
}

const OUTER = [frame('checkOut', 20), frame('onRequest', 40)];
const NODE = frame('openSync', 9, { file: 'node:fs' });

describe('a late answer', () => {
  it('agrees with a stack from memory of the same functions, wherever in them it is by now', () => {
    const told = [frame('Store.quote', 12, { enclosingLine: 5 }), ...OUTER, frame('load', 3, { async: true })];
    expect(tellAgreement([NODE, frame('quote', 11), ...OUTER], told)).toBe(
      'it agrees with its stack read from memory: all 3 calls of the program are the same',
    );
    expect(tellAgreement([NODE, frame('quote', 11)], [frame('quote', 11)])).toMatch(
      /the call of the program is the same$/,
    );
  });

  it('differs from one that it has left, in part or altogether', () => {
    expect(tellAgreement([NODE, frame('quote', 11), ...OUTER], OUTER)).toBe(
      'it differs from its stack read from memory: the inner 1 of 3 calls of the program were left',
    );
    expect(tellAgreement(OUTER, [])).toMatch(/all of 2 calls of the program were left$/);
    const other = OUTER.map((one) => ({ ...one, file: '/srv/other.js' }));
    expect(tellAgreement(OUTER, other)).toMatch(/all of 2 calls/);
  });
});
