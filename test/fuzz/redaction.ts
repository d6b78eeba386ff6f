import { createRedactor } from '../../src/redact/redactor.js';
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
  (random) => `sntryu_${random.word(64, HEX)}`,
  (random) => `lin_oauth_${random.word(40, HEX)}`,
  (random) => `ddpat_${random.word(40)}`,
  (random) => `v4.local.${random.word(80)}`,
  (random) => `$2b$12$${random.word(53)}`,
  (random) => `$argon2id$v=19$m=65536,t=3,p=4$${random.word(22)}$${random.word(43)}`,
  (random) => `$6$rounds=5000$${random.word(16)}$${random.word(86)}`,
  (random) => `pbkdf2_sha256$260000$${random.word(22)}$${random.word(43)}=`,
  (random) => `{SSHA}${random.word(38)}==`,
  makeCard,
  makeIban,
];
/** A number that passes Luhn's check, with the beginning of a brand. */
function makeCard(random: Random): string {
  const digits =
    random.pick(['4', '51', '55', '2223', '6011', '65', '3530']).padEnd(4, '7') + random.word(11, '0123456789');
  const sum = [...digits].reverse().reduce((total, sign, place) => {
    const doubled = place % 2 === 0 ? Number(sign) * 2 : Number(sign);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  const card = `${digits}${(10 - (sum % 10)) % 10}`;
  return random.oneIn(2) ? card : card.replace(/(.{4})(?=.)/g, `$1${random.pick([' ', '-'])}`);
}

/** A German account's number, with the check digits that belong to it. */
function makeIban(random: Random): string {
  const account = random.word(18, '0123456789');
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${String(check).padStart(2, '0')}${account}`;
}

const NAMES = [
  ...['password', 'DB_PASSWORD', 'apiKey', 'client_secret', 'AWS_SECRET_ACCESS_KEY', 'accessToken', 'x-api-key'],
  ...['passphrase', 'sessionToken', 'PGPASSWORD', 'jwtSecret', 'signingKey', 'redis.password', 'NPM_TOKEN'],
  ...[
    'TOKEN1',
    'apiToken2',
    'DB_PASS1',
    'REFRESH_TKN',
    'PASSWRD',
    'PRIVKEY',
    'motDePasse',
    'clave',
    'heslo',
    'salasana',
  ],
];
/** Names in letters of other alphabets: some places know letters of the Latin one only. */
const FOREIGN = ['şifre', 'пароль', '密码', 'パスワード', '비밀번호', 'hasło', 'lösenord', 'κωδικός'];
/** Texts around a secret, also those that mislead a parser. */
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
  (around) => (secret) => text(around(`Password for bob: ${secret}`)),
  (around) => (secret) => text(around(`connecting as app/${secret}@//db:1521/shop`)),
  (around) => (secret) => text(around(`sftp bob:${secret}@files.internal`)),
  (around) => (secret) => text(around(`x=1\npassword=\n${secret}\ny=2`)),
  () => (secret) => command(`importer -u bob:${secret} --port 80`),
  () => (secret) => argv('importer', '-u', 'bob', '-p', secret),
];
const FOREIGN_PLANTS: readonly Plant[] = [
  (secret, name) => env(name, secret),
  (secret, name) => data({ db: { [name]: secret } }),
  (secret, name) => text(`db ${name}=${secret} end`),
  (secret, name) => text(`${name}：${secret}`),
  (secret, name) => data({ raw: JSON.stringify({ [name]: secret }) }),
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
  /** How it was planted: it helps to find the reason of a leak. */
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
    byShape && random.oneIn(2)
      ? text(around(secret))
      : random.oneIn(5)
        ? random.pick(FOREIGN_PLANTS)(secret, random.pick(FOREIGN))
        : random.pick(PLANTS)(around)(secret, random.pick(NAMES));
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
