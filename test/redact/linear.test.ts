import { describe, expect, test } from 'vitest';
import { markPattern } from '../../src/redact/engine.js';
import { createNameJudge } from '../../src/redact/names.js';
import { PATTERNS } from '../../src/redact/patterns.js';
import { createRedactor } from '../../src/redact/redactor.js';
import { markTokens, TOKENS } from '../../src/redact/tokens.js';
import { VENDOR_TOKENS } from '../../src/redact/vendor-tokens.js';
import type { Section } from '../../src/report.js';
import { argv, command, reportOf, section, source, text } from './fragments.js';
import { hostileUnits } from './hostile.js';

const MEGABYTE = 1_000_000;
const fill = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

const MOMENT_MS = 60;
/** How often work that seems slow is measured: both sizes in turn, so that a busy machine affects both alike. */
const ROUNDS = 12;

/** Of this thread alone where Node tells it: V8's helpers collect garbage beside it. It is told in steps of up to 4 ms. */
const { cpuUsage, threadCpuUsage } = process as typeof process & { threadCpuUsage?: () => NodeJS.CpuUsage };
const readUsage = (threadCpuUsage ?? cpuUsage).bind(process);

function readCpuMs(): number {
  const { user, system } = readUsage();
  return (user + system) / 1000;
}

function cpuMs(run: () => void): number {
  const beforeMs = readCpuMs();
  run();
  return readCpuMs() - beforeMs;
}

const PARTS = 8;
/** The whole takes as long as its parts if the work is linear, eight times as long if it is quadratic. */
const SLOW = 3;

/** The time of a text, by the time of its parts one after the other; a moment is not measured. The best round counts. */
function growth(run: (size: number) => void, size: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && least > SLOW; round += 1) {
    const wholeMs = cpuMs(() => run(PARTS * size));
    if (wholeMs < MOMENT_MS) return 1;
    const partsMs = cpuMs(() => {
      for (let part = 0; part < PARTS; part += 1) run(size);
    });
    least = Math.min(least, wholeMs / partsMs);
  }
  return least;
}

test('a pattern that goes back from every place is noticed', () => {
  // 64 times as long as its parts: far from the limit, on a busy machine as well.
  const cubic = /y+y+z/g;
  expect(growth((size) => fill('y', size).replace(cubic, ''), 100)).toBeGreaterThan(SLOW);
});

describe('a pattern is matched in linear time', () => {
  const judge = createNameJudge([]);
  const ignore = (): void => undefined;

  test.each(PATTERNS)('$title', (row) => {
    const slow = hostileUnits(row.find).filter(
      (unit) => growth((size) => markPattern(fill(unit, size), row, judge, ignore), MEGABYTE / 32) > SLOW,
    );
    expect(slow).toEqual([]);
    const words = hostileUnits(row.holds).filter(
      (unit) => growth((size) => row.holds.test(fill(unit, size)), MEGABYTE / 32) > SLOW,
    );
    expect(words).toEqual([]);
  });

  test('the rest of each token', () => {
    const slow = [...TOKENS, ...VENDOR_TOKENS].flatMap(([prefixes, rest]) => {
      const [prefix = ''] = prefixes.split(' ');
      return hostileUnits(rest)
        .flatMap((unit) => [`${prefix}${unit}`, `-${prefix}${unit}`])
        .filter((unit) => growth((size) => markEverywhere(fill(unit, size)), MEGABYTE / 256) > SLOW);
    });
    expect(slow).toEqual([]);
  });

  function markEverywhere(words: string): void {
    const starts = [...words.matchAll(/(?<![A-Za-z0-9])\S/g)].map(({ index }) => index);
    markTokens(words, starts, ignore);
  }
});

/** Units of which a megabyte has kept redaction busy for seconds, and the example of every pattern. */
const UNITS = [
  ...[
    'bearer+',
    'bearer%20',
    'Basic+',
    'token+',
    'bot+',
    'key+01234567-',
    '-eyJ',
    'eyJ-',
    '-----BEGIN PRIVATE KEY-----\\n',
  ],
  ...[
    '密码：',
    'x-key-',
    '4111 ',
    'DE89 ',
    'mnemonic ',
    'abandon ',
    'password for ',
    'a/b@',
    'sftp a:',
    '-u a:',
    'password:\n  ',
  ],
  ...PATTERNS.map(({ find }) =>
    hostileUnits(find).reduce((longest, unit) => (unit.length > longest.length ? unit : longest)),
  ),
];

describe('a report is redacted in linear time', () => {
  const redact = (section: Section) => createRedactor({ secretNames: [], declared: {} }).report(reportOf([section]));

  test.each([...new Set(UNITS)].map((unit) => [JSON.stringify(unit), unit]))('of %s over and over', (_, unit) => {
    for (const make of [text, source]) {
      expect(growth((size) => redact(make(fill(unit, size))), MEGABYTE / 32)).toBeLessThan(SLOW);
    }
  });

  test.each([
    ['of a megabyte of one scheme', () => text(fill('bearer+', MEGABYTE))],
    ['of 20,000 arguments', () => argv(...Array.from({ length: 20_000 }, (_, n) => `--option-${n}=value${n}`))],
    [
      'of 20,000 secret arguments',
      () => argv(...Array.from({ length: 20_000 }, (_, n) => `--token=${'x'.repeat(90)}${n}`)),
    ],
    ['of 20,000 words of a command', () => command(Array.from({ length: 20_000 }, (_, n) => `-p x${n}`).join(' '))],
  ])('%s', { timeout: 60_000 }, (_, make) => {
    // Quadratic work on as much takes minutes.
    expect(redact(make()).sections).toHaveLength(1);
  });

  test('of 5,000 and of 40,000 environment variables', () => {
    const environment = (size: number): Section =>
      section('configuration', {
        groups: {},
        environment: Object.fromEntries(Array.from({ length: size }, (_, n) => [`KEY_${n}`, `v${n}`])),
      });
    expect(growth((size) => redact(environment(size)), 5000)).toBeLessThan(SLOW);
  });
});
