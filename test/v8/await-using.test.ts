import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SuspendedReading } from '../../src/v8/readings.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('modules-target');
const directory = mkdtempSync(join(tmpdir(), 'using-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SOURCE = `
exports.start = async function start(hold) {
  await using lock = {
    async [Symbol.asyncDispose]() {
      await hold();
    },
  };
  lock.isTaken = true;
};
`;

const hasUsing = (() => {
  try {
    new Function('return async () => { await using x = null; }');
    return true;
  } catch {
    return false;
  }
})();

describe.runIf(process.platform === 'linux' && process.arch === 'x64' && hasUsing)('await using', () => {
  it('leads from the function whose scope ends to the one that disposes of its value', () => {
    const file = join(directory, 'using.js');
    writeFileSync(file, SOURCE);
    const read = run<SuspendedReading>('modules-target', file);
    if (read.kind !== 'read') throw new Error(read.reason);
    const nameOf = (place: number) => read.places[place]?.frame.functionName;
    expect(read.chains.map(({ steps }) => steps.map(({ place }) => nameOf(place)))).toEqual([
      ['outermost', 'start', '[Symbol.asyncDispose]'],
    ]);
    const placeOf = (name: string) => read.places.find(({ frame }) => frame.functionName === name)?.frame;
    expect(placeOf('[Symbol.asyncDispose]')).toMatchObject({ line: 5, column: 7 });
    // V8 has no place for the end of a scope: it tells the last statement.
    expect(placeOf('start')).toMatchObject({ line: 8 });
  });
});
