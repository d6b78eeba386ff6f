import { describe, expect, it } from 'vitest';
import { readArea } from '../../src/v8/suspended/free-space.js';
import type { FreeSpaceSeen } from './free-space-target.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('free-space-target');
const [major = 0] = process.versions.v8.split('.').map(Number);

it.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the unit of free spaces is learned in a heap of alike objects, each time',
  () => {
    const { units } = run<FreeSpaceSeen>('free-space-target');
    expect(units).toEqual(Array(20).fill(major < 13 ? 1 : 8));
  },
);

describe('an area in which a thread allocates', () => {
  const PAGE = 0x349547740000;
  const area = (start: number, top: number, limit: number) => {
    const bytes = Buffer.alloc(24);
    for (const [index, value] of [start, top, limit].entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
    return bytes;
  };
  const whole = area(PAGE + 0x140, PAGE + 0x2000, PAGE + 0x40000);
  const gap = { start: PAGE + 0x2000, end: PAGE + 0x40000 };

  it('is read again if its parts are of two pages, or in no order', () => {
    const torn = [
      area(PAGE - 0x100000, PAGE - 0xf0000, PAGE + 0x40000),
      area(PAGE + 0x140, PAGE - 0xf0000, PAGE + 0x40000),
      area(PAGE + 0x140, PAGE + 0x2000, PAGE - 0x80000),
    ];
    expect(readArea(() => torn.pop() ?? whole)).toEqual(gap);
  });

  it('is none in a thread that sleeps', () => {
    expect(readArea(() => area(0, 0, 0))).toEqual({ start: 0, end: 0 });
  });

  it('is not known if it cannot be read', () => {
    const unknown = { start: Number.NaN, end: Number.NaN };
    expect(readArea(() => undefined)).toEqual(unknown);
    expect(readArea(() => area(PAGE, 1, 0))).toEqual(unknown);
  });
});
