import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatMark, isOfService, nameThread, parseMark } from '../../src/procfs/thread-name.js';
import { SIGNALS } from '../../src/setting-kinds.js';
import { makeTree } from './helpers.js';

describe("the agent thread's name", () => {
  test.each([
    [['SIGUSR1', 'SIGUSR2'], 'gmr:a00:', 7],
    [['SIGUSR2'], 'gmr:800:', 7],
    [[], 'gmr:0:', 9],
    [[...SIGNALS], 'gmr:', 11],
  ])('for %j fits into what the kernel keeps, and is read back', (signals, head, more) => {
    const name = formatMark(signals, 'checkout');
    expect(name).toHaveLength(15);
    expect(name.startsWith(head)).toBe(true);
    expect(name).toHaveLength(head.length + more);
    const mark = parseMark(name);
    expect(mark?.signals).toEqual(SIGNALS.filter((signal) => signals.includes(signal)));
    expect(mark && isOfService(mark, 'checkout')).toBe(true);
  });

  test('tells services apart', () => {
    const mark = parseMark(formatMark(['SIGUSR1'], 'checkout'));
    expect(mark && ['check', 'checkout2', ''].filter((service) => isOfService(mark, service))).toEqual([]);
  });

  test.each(['node', 'gmr', 'gmr:', 'gmr::', 'gmr:a00', 'gmr:a00:', 'gmr:xyz:1234', 'xgmr:a00:1234', ''])(
    '%j is not a mark',
    (name) => {
      expect(parseMark(name)).toBeUndefined();
    },
  );

  test('that Node gave says neither signals nor service', () => {
    const mark = parseMark('guru-meditation');
    expect(mark?.signals).toBeUndefined();
    expect(mark && isOfService(mark, 'guru-meditation')).toBe(false);
  });

  test('is written if the kernel takes it, and nothing is thrown if it does not', () => {
    const root = makeTree({ 'thread-self/comm': 'node\n' });
    nameThread(['SIGUSR2'], 'checkout', root);
    expect(readFileSync(join(root, 'thread-self/comm'), 'utf8')).toBe(formatMark(['SIGUSR2'], 'checkout'));
    expect(() => nameThread(['SIGUSR2'], 'checkout', join(root, 'none'))).not.toThrow();
  });
});
