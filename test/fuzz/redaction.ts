import { createRedactor } from '../../src/redact.js';
import type { Report, Section, Value } from '../../src/report.js';
import { renderText } from '../../src/views/text.js';
import { argv, command, data, env, error, group, reportOf, source, text } from '../redact/fragments.js';
import { type Random, seed } from './random.js';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const HEX = '0123456789abcdef';
/** Without `*`: what holds three of them in a row is taken for masked. */
const PASSWORD = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!_.~^+-';
/** Tokens that are known by their shape, wherever they stand. */
const SHAPES: readonly ((random: Random) => string)[] = [
  (random) => `AKIA${random.word(16, UPPER)}`,
  (random) => `ghp_${random.word(36)}`,
  (random) => `glpat-${random.word(20)}`,
  (random) => `xoxb-${random.word(12, '123456789')}-${random.word(24)}`,
  (random) => `sk_live_${random.word(24)}`,
  (random) => `npm_${random.word(36)}`,
  (random) => `dop_v1_${random.word(64, HEX)}`,
  (random) => `AIza${random.word(35)}`,
];
const NAMES = [
  ...['password', 'DB_PASSWORD', 'apiKey', 'client_secret', 'AWS_SECRET_ACCESS_KEY', 'accessToken', 'x-api-key'],
  ...['passphrase', 'sessionToken', 'PGPASSWORD', 'jwtSecret', 'signingKey', 'redis.password', 'NPM_TOKEN'],
];
/** What may stand around a secret: also what makes a reader lose his place. */
const NOISE = [
  ...[
    'the',
    'order',
    '42',
    '0x1f',
    'null',
    'true',
    'user',
    'http://shop.example/a?b=c',
    '/srv/app/index.js:3:1',
    'é',
    '🧀',
  ],
  ...['a=b', 'level=info', '{}', '[]', '()', '<br>', '&amp;', '%20', '---', '===', '|', ';', ',', '.', '…', '\u0000'],
  ...['\u001b[2J', '\ud83e', 'key', 'name:', 'token', 'expired', 'password', 'was', 'Basic', 'GET /', '"ok"', "'ok'"],
];

type Plant = (secret: string, name: string) => Section;

/** Where a name gives the secret away; `around` puts noise before and behind, apart by a space or a line's end. */
const PLANTS: readonly ((around: (inner: string) => string) => Plant)[] = [
  () => (secret, name) => env(name, secret),
  () => (secret, name) => group({ db: { host: 'db', [name]: secret } }),
  () => (secret, name) => group([{ name, value: secret }]),
  () => (secret, name) => data({ list: [{ deep: { [name]: [secret] } }] }),
  () => (secret, name) => data({ raw: JSON.stringify({ user: 'bob', [name]: secret }) }),
  () => (secret, name) => argv('node', 'server.js', `--${name}=${secret}`, '--port', '80'),
  (around) => (secret, name) => text(around(`${name}=${secret}`)),
  (around) => (secret, name) => text(around(`${name}: ${secret}`)),
  (around) => (secret, name) => text(around(`{"user":"bob","${name}":"${secret}"}`)),
  (around) => (secret, name) => text(around(`{ user: 'bob', '${name}': '${secret}' }`)),
  (around) => (secret) => text(around(`Authorization: Bearer ${secret}`)),
  (around) => (secret, name) => error(around(`GET /a?x=1&${name}=${secret}&y=2`)),
  (around) => (secret) => error(around(`postgres://app:${secret}@db:5432/shop`)),
  (around) => (secret, name) => command(around(`worker --${name} ${secret} --queue jobs`)),
  (around) => (secret, name) => command(around(`worker --${name}=${secret} --queue jobs`)),
  () => (secret, name) => source(`  const ${name.replace(/\W/g, '')} = '${secret}';`),
];
/** Where nothing gives it away but that it was seen elsewhere. */
const AGAIN: readonly ((secret: string, around: (inner: string) => string) => Section)[] = [
  (secret, around) => text(around(secret)),
  (secret, around) => error(around(`x${secret}y`)),
  (secret) => data({ seen: [{ [secret]: 1 }, secret] }),
  (secret) => data(Buffer.from(secret).toString('hex')),
  (secret) => text(encodeURIComponent(secret)),
  (secret, around) => ({ ...data(null), title: around(secret).replace(/\s+/g, ' ') }),
];

/** One report with a secret in it: what was made of it, and what may not be in the result. */
export interface RedactionCase {
  readonly report: Report;
  readonly secret: string;
  /** How it was planted, for whoever looks for the reason of a leak. */
  readonly planted: Section;
}

export function makeRedactionCase(random: Random): RedactionCase {
  const around = (inner: string) =>
    `${makeNoise(random)}${random.pick([' ', '\n', '\n\n'])}${inner}${random.pick([' ', '\n'])}${makeNoise(random)}`;
  const byShape = random.oneIn(3);
  const secret = byShape
    ? random.pick(SHAPES)(random)
    : `${random.word(1)}${random.word(9 + random.below(24), PASSWORD)}${random.word(2)}7Q`;
  const planted =
    byShape && random.oneIn(2) ? text(around(secret)) : random.pick(PLANTS)(around)(secret, random.pick(NAMES));
  const again = Array.from({ length: random.below(3) }, () => random.pick(AGAIN)(secret, around));
  const other = Array.from({ length: random.below(3) }, () =>
    random.oneIn(2) ? data(makeTree(random, 0)) : text(makeNoise(random, 200)),
  );
  return { report: reportOf([...other, planted, ...again]), secret, planted };
}

/** @throws Error that says what is wrong with what became of it. */
export function checkRedaction({ report, secret, planted }: RedactionCase): void {
  const before = JSON.stringify(report);
  const redacted = createRedactor({ secretNames: [], declared: {} }).report(report);
  if (JSON.stringify(report) !== before) throw new Error('the report that was given has changed');
  if (redacted.sections.length !== report.sections.length) throw new Error('a section is missing');
  const hexadecimal = Buffer.from(secret).toString('hex');
  for (const [what, shown] of [
    ['structure', JSON.stringify(redacted)],
    ['text', renderText(redacted)],
  ] as const) {
    for (const form of [secret, hexadecimal, encodeURIComponent(secret)])
      if (shown.includes(form))
        throw new Error(`a secret is in the ${what}: ${form}, planted in ${JSON.stringify(planted)}`);
  }
}

function makeNoise(random: Random, most = 12): string {
  const words = Array.from({ length: random.below(most) }, () =>
    random.oneIn(4) ? random.word(random.below(12)) : random.pick(NOISE),
  );
  return words.join(random.pick([' ', ' ', '\n', ', ']));
}

function makeTree(random: Random, depth: number): Value {
  const kind = random.below(depth > 8 ? 4 : 7);
  if (kind === 0) return random.pick([null, true, false, 0, -1, 1.5, 1e300, 4815]);
  if (kind < 4) return random.oneIn(3) ? random.pick([...NAMES, ...NOISE]) : makeNoise(random);
  const size = random.below(6);
  if (kind === 4) return Array.from({ length: size }, () => makeTree(random, depth + 1));
  if (random.oneIn(40)) return nest(random, 100 + random.below(3000));
  const keys = [...NAMES, ...NOISE, '__proto__', 'constructor', 'toString', 'length', ''];
  return Object.fromEntries(Array.from({ length: size }, () => [random.pick(keys), makeTree(random, depth + 1)]));
}

function nest(random: Random, depth: number): Value {
  if (random.oneIn(2)) return `${'['.repeat(depth * 10)}${']'.repeat(depth * 10)}`;
  let value: Value = 'deep';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
}

export interface RedactionResult {
  readonly inputs: number;
  readonly slowestMs: number;
}

/** @throws Error that says what went wrong, and the seed of the input. */
export function fuzzRedaction(start: number, goesOn: (inputs: number) => boolean): RedactionResult {
  let inputs = 0;
  let slowestMs = 0;
  for (; goesOn(inputs); inputs += 1) {
    const one = makeRedactionCase(seed(start + inputs));
    const startMs = performance.now();
    try {
      checkRedaction(one);
    } catch (error) {
      throw new Error(`seed ${start + inputs}: ${(error as Error).message}`, { cause: error });
    }
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  return { inputs, slowestMs };
}
