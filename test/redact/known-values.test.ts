import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.js';
import type { Section } from '../../src/report.js';
import { command, data, env, error, group, reportOf, text } from './fragments.js';

const redact = (sections: readonly Section[], notes: readonly string[] = []) =>
  createRedactor({ secretNames: [], declared: {} }).report(reportOf(sections, notes));
const shown = (sections: readonly Section[]): string => JSON.stringify(redact(sections).sections.slice(1));

describe('the value of a masked variable', () => {
  const SECRET = 'Mango/Tree 77!';

  test.each([
    ['in a text', text(`connecting with ${SECRET} now`)],
    ['in data', data({ jobs: [{ input: SECRET }] })],
    ['as a key', data({ [SECRET]: 1 })],
    ['in an error', error(`bad: ${SECRET}`)],
    ['in a command line', command(`worker ${SECRET} --queue a`)],
    ['in a URL', text(`GET /?q=${encodeURIComponent(SECRET)} 200`)],
    ['in a form', text(`q=${encodeURIComponent(SECRET).replace(/%20/g, '+')}&x=1`)],
    ['in JSON', text(JSON.stringify({ input: `<${SECRET}>` }))],
    ['in base64', text(`header ${Buffer.from(`bob:${SECRET}`).toString('base64')} sent`)],
    ['as bytes', text(`sent ${Buffer.from(SECRET).toString('hex')}`)],
    ['in a title', { ...data(null), title: `Queue of ${SECRET}` }],
  ])('is masked %s', (_, section) => {
    const after = shown([env('DB_PASSWORD', SECRET), section]);
    const before = JSON.stringify(section);
    for (const form of [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('hex')]) {
      expect(after).not.toContain(form);
    }
    expect(after).not.toBe(JSON.stringify([section]));
    expect(before).not.toContain('***');
    expect(after).toContain('***');
  });

  test.each([
    'password: tR4vel-Mug_x9 since May',
    'password: tR4vel-Mug_x9 since May; retries=3 &amp; more',
    'x-api-key: tR4vel-Mug_x9, as agreed',
  ])('is known without the remark behind it: %s', (line) => {
    const after = shown([data(null), text(`\n${line}\n`), text('used tR4vel-Mug_x9 in May'), data({ since: 'May' })]);
    expect(after).not.toContain('tR4vel');
    expect(after).toContain('in May');
    expect(after).toContain('"since":"May"');
  });

  test('may begin with a word that could continue a sentence', () => {
    expect(JSON.stringify(redact([text('x-api-key: or.eVv2xUBuKu')]))).not.toContain('eVv2');
    expect(JSON.stringify(redact([text('password: or. else')]))).toContain('or. else');
  });

  test('is masked in places before its name, in the header and as a number', () => {
    const report = redact([text('sent 48151623 to x'), group({ pin: 48151623, other: 48151623 })], ['used 48151623']);
    expect(JSON.stringify(report)).not.toContain('48151623');
  });

  test('is masked in lines written after the report', () => {
    const redactor = createRedactor({ secretNames: [], declared: {} });
    redactor.report(reportOf([env('DB_PASSWORD', SECRET)]));
    expect(redactor.text(`gmr: collector refused ${SECRET}`)).toBe('gmr: collector refused ***');
  });

  test('is masked with 3,900 others beside it', () => {
    const environment = Object.fromEntries(Array.from({ length: 3900 }, (_, n) => [`TOKEN_${n}`, `value-of-${n}-x`]));
    expect(shown([data(environment), text('uses value-of-3899-x and value-of-1-x')])).not.toContain('value-of-');
  });
});

describe('a common value', () => {
  const HARMLESS = [
    ...['true', 'false', '1', '0', '42', '8080', '65535', 'root', 'admin', 'user', 'postgres', 'redis', 'localhost'],
    ...['production', 'development', 'staging', 'test', 'debug', 'password', 'secret', 'changeme', 'node', 'main'],
    ...['abc', 'a', 'idle', 'hello', '12345', '127.0.0.1', 'checkout', 'web-7f9c', 'queue', 'application'],
  ];

  test.each(HARMLESS)('%s as a password is masked there and nowhere else', (value) => {
    const rest = [
      text(`state=${value} on ${value}; ${value}`),
      data({ state: value, list: [value, 'x', `${value}-1`], [value]: 1, flag: true, port: 8080, count: 42 }),
      command(`node ${value}.js --mode ${value}`),
    ];
    const report = redact([env('DB_PASSWORD', value), ...rest]);
    expect(report.sections.slice(1)).toEqual(rest);
    expect(report.header).toEqual(reportOf([]).header);
  });

  test('stays as it is within longer words', () => {
    expect(shown([env('DB_PASSWORD', 'mango7'), text('mango77 mango7x xmango7 but mango7.')])).toContain(
      'mango77 mango7x xmango7 but ***.',
    );
  });
});

describe('a name that the application declares secret', () => {
  test('masks its value at any depth, by its path, with its lists and numbers', () => {
    const redactor = createRedactor({ secretNames: ['flavour'], declared: { shop: ['city', 'db.host'] } });
    const value = { city: 'Ulm', stops: [{ city: 7 }], db: { host: 'h1', port: 1 }, host: 'h2', iceFlavours: ['kiwi'] };
    const [section] = redactor.report(reportOf([group(value, 'shop'), group(value, 'other')])).sections;
    expect(JSON.stringify(section?.data)).toContain(
      '"shop":{"city":"***","stops":[{"city":"***"}],"db":{"host":"***","port":1},"host":"h2","iceFlavours":["***"]}',
    );
  });
});
