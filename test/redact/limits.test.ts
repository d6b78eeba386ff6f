import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.js';
import type { Report, Value } from '../../src/report.js';
import { data, reportOf, source, text } from './fragments.js';

const redact = (report: Report): Report => createRedactor({ secretNames: [], declared: {} }).report(report);
const fill = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

const MEGABYTE = 1_000_000;
/** Units that make scanners go back: runs, names without values, quotes, brackets and blocks that never end. */
const HOSTILE = [
  ...['a', '=', ':', '"', "'", '\\', '\\"', ' ', '\n', '-', '_', '.', 'é', '[', '(', '%3D', '://', 'aA1', 'aA1!'],
  ...['-----BEGIN ', '-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----\n', '-----END PRIVATE KEY-----'],
  ...['password=', 'password="', 'password="\\', '"password":"x",', 'password: [', '<password>', '<password '],
  ...['keys:', 'keys: [', '?key=', 'auth:', 'dsn:', 'cookie:must ', 'kty:,d:', 'token: ', 'tokens:\n  - a\n'],
  ...['password is ', 'login user a password ', 'privateKey ', 'set("password","', 'jwt.sign("a",', 'get("#a").'],
  ...['http://a:b@', 'a:b@c:', '/reset/', '/reset/aB3dE5fG7hI9jK1l', 'Bearer ', 'Basic ', 'eyJhbGci.', 'sk-', 's:'],
  ...['-p ', 'mysql -p', 'docker -u ', 'docker a ', 'curl -u a:', 'echo a | ', 'vault a ', '--password '],
  ...['| password |\n', '│ a │', 'password,user\n', '(password)values(', '[secrets]\na=', 'Private-Lines: 999\n'],
];

describe('a hostile text', () => {
  test.each(HOSTILE.map((unit) => [JSON.stringify(unit), unit]))(
    'of %s over and over is redacted in time',
    (_, unit) => {
      // Quadratic work on a megabyte takes many minutes, and so longer than a test may.
      for (const make of [text, source]) {
        const made = redact(reportOf([make(fill(unit, MEGABYTE))]));
        expect(made.sections).toHaveLength(1);
      }
    },
  );

  test('is searched for many values that were masked', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `password=same-start-${index}`);
    const made = redact(reportOf([text(lines.join('\n')), text(fill('same-start', 300_000))]));
    expect(JSON.stringify(made)).not.toContain('same-start-9999');
  });
});

describe('odd data', () => {
  const nested = (depth: number): Value => {
    let value: Value = { password: 'hunter2!Zebra' };
    for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { inner: value };
    return value;
  };

  test('is redacted without an error and without a leak', () => {
    const odd: readonly Value[] = [
      '',
      '\ud800password=hunter2!Zebra\udfff',
      '\0password=hunter2!Zebra',
      '{"password":"hunter2!Zebra"',
      JSON.stringify(JSON.stringify(JSON.stringify({ password: 'hunter2!Zebra' }))),
      `${'['.repeat(50_000)}"password=hunter2!Zebra"${']'.repeat(50_000)}`,
      nested(150),
      nested(5000),
      JSON.parse('{"__proto__":{"password":"hunter2!Zebra"},"constructor":{"secret":"hunter2!Zebra"}}') as Value,
      JSON.parse('{"toString":"password=hunter2!Zebra","hasOwnProperty":{"token":"hunter2!Zebra"}}') as Value,
      Object.assign(Object.create(null) as object, { password: 'hunter2!Zebra' }) as Value,
      [undefined, Number.NaN, { password: undefined }, { password: 'hunter2!Zebra' }] as unknown as Value,
    ];
    for (const value of odd) {
      for (const section of [data(value), text(typeof value === 'string' ? value : 'none')]) {
        expect(JSON.stringify(redact(reportOf([section])))).not.toContain('hunter2');
      }
    }
  });

  test('keeps keys such as __proto__ as keys', () => {
    const value = JSON.parse('{"__proto__":{"password":"hunter2!Zebra","port":80}}') as Value;
    expect(JSON.stringify(redact(reportOf([data(value)])).sections[0]?.data)).toBe(
      '{"__proto__":{"password":"***","port":80}}',
    );
  });

  test('is not changed in the report that was given', () => {
    const report = reportOf([data({ password: 'hunter2!Zebra', again: ['hunter2!Zebra'] })]);
    const before = JSON.stringify(report);
    redact(report);
    expect(JSON.stringify(report)).toBe(before);
  });
});
