/** Secrets in base64 and percent-encoding, and in structures that name them elsewhere. */

import { base64, command, data, env, error, fake, group, type LookAlike, row, type Secret, text } from './fragments.js';

const SOFT = 'Fl!eder7Busch';
const WORD = 'apfelkuchen';
const KEY = fake(64, 5);
const PEM = `-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----`;
const PHRASE = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const TOKEN = fake(40, 7);
const MUTATION = 'mutation Login($p: String!) { login(password: $p) { id } }';
const bytes = [...Buffer.from(PEM)];

const HIDDEN: readonly string[] = [
  PEM,
  JSON.stringify({ password: SOFT, host: 'db' }),
  `postgres://bob:${SOFT}@db/shop`,
  `DB_PASSWORD=${SOFT}\nPORT=1`,
  `admin:${SOFT}`,
  `{"auths":{"r.io":{"auth":"${base64(`bob:${SOFT}`)}"}}}`,
];

const ADDRESSES: readonly string[] = [
  `postgres://bob:${WORD}@db/shop`,
  `https://x/cb?access_token=${WORD}&a=1`,
  JSON.stringify({ password: WORD }),
  `host=db&user[password]=${WORD}`,
];

export const SECRETS: readonly Secret[] = [
  ...HIDDEN.map(base64).flatMap((hidden) => [
    row('base64 of it in a variable', hidden, (s) => env('BLOB', s)),
    row('base64 of it in a text', hidden, (s) => text(`loaded ${s} from disk`)),
    row('base64 of it after a sign', hidden, (s) => text(`settings=${s}`)),
    row('base64 of it in data', hidden, (s) => data({ blob: s })),
  ]),
  ...ADDRESSES.flatMap((address) => [
    row('percent-encoded', encodeURIComponent(address), (s) => text(`next=${s}`)),
    row('percent-encoded in a path', encodeURIComponent(address), (s) => text(`GET /go/${s} 200`)),
    row('percent-encoded twice', encodeURIComponent(encodeURIComponent(address)), (s) => text(`next=${s}`)),
  ]),
  row('percent-encoded PEM', encodeURIComponent(KEY), (s) => text(encodeURIComponent(PEM.replace(KEY, s)))),
  row('an encoded bracket', WORD, (s) => text(`user%5Bpassword%5D=${s}&x=1`)),
  row('a list in a query', WORD, (s) => text(`?tokens[]=${s}`)),
  row('bytes of a key', bytes.slice(28, 40).join(','), () => data({ file: { type: 'Buffer', data: bytes } })),
  row('a variable of GraphQL', WORD, (s) => data({ query: MUTATION, variables: { p: s } })),
  row('a variable of GraphQL in JSON', WORD, (s) => text(JSON.stringify({ query: MUTATION, variables: { p: s } }))),
  row('Kubernetes', WORD, (s) => data({ kind: 'Secret', stringData: { foo: s } })),
  row('Kubernetes', base64(SOFT), (s) => data({ kind: 'Secret', data: { foo: s } })),
  row('Kubernetes', base64(SOFT), (s) => text(JSON.stringify({ kind: 'Secret', data: { foo: s } }))),
  row('Kubernetes', WORD, (s) => text(`env:\n- name: DB_PASSWORD\n  value: ${s}\n`)),
  row('a command of Redis', WORD, (s) => data({ command: { name: 'auth', args: [s] } })),
  row('a command of Redis', WORD, (s) => data({ command: 'AUTH', args: ['bob', s] })),
  row('a command of Redis', WORD, (s) => text(`AUTH bob ${s}`)),
  row('a command of Redis', WORD, (s) => text(`HELLO 3 AUTH default ${s}`)),
  row('SMTP', base64(`\0bob\0${SOFT}`), (s) => text(`AUTH PLAIN ${s}`)),
  row('SMTP', base64(SOFT), (s) => text(`AUTH LOGIN\n334 UGFzc3dvcmQ6\n${s}`)),
  row('FTP', WORD, (s) => text(`USER bob\nPASS ${s}`)),
  row('IMAP', WORD, (s) => text(`a1 LOGIN bob ${s}`)),
  row('a wireless network', WORD, (s) => text(`WIFI:T:WPA;S:net;P:${s};;`)),
  row('raw headers', WORD, (s) => data({ rawHeaders: ['Host', 'x', 'Authorization', `Bearer ${s}`] })),
  row('a list of headers', WORD, (s) => data([{ key: 'authorization', val: `Bearer ${s}` }])),
  row('headers as Node shows them', WORD, (s) => text(`Headers { authorization: 'Bearer ${s}' }`)),
  row('metadata of gRPC', WORD, (s) => data({ metadata: { authorization: [`Bearer ${s}`] } })),
  row('CDATA', WORD, (s) => text(`<password><![CDATA[${s}]]></password>`)),
  row('a link by mail', TOKEN, (s) => text(`https://app/magic-link?t=${s}`)),
  row('a resolver', WORD, (s) => error(`getaddrinfo ENOTFOUND bob:${s}@db`)),
  row('the words of a wallet', 'sausage', () => data({ wallet: { words: PHRASE.split(' ') } })),
  row('the words of a wallet', 'sausage', () => group({ recovery: { phrase: PHRASE.split(' ') } })),
  row('a key of a wallet', `5${fake(50, 3)}`, (s) => data({ wif: s })),
  row('a capital flag without a user', WORD, (s) => command(`loader -W ${s} shop`)),
  row('a capital flag without a user', WORD, (s) => command(`node job.js -W ${s}`)),
];

const look = (where: string, section: LookAlike['section']): LookAlike => ({ where, section });

const PLAIN_BASE64 = [
  'User:1234567890',
  'cursor:2024-11-25T00:28:16.060Z',
  '{"id":42,"createdAt":"2024-11-25"}',
  'gid://shop/Order/123456789',
  'the quick brown fox jumps over the lazy dog',
  'arrayconnection:1000000',
  'password must not be empty',
  '<svg xmlns="http://www.w3.org/2000/svg"/>',
];
const PLAIN_PERCENT = [
  'https://shop/orders?page=2&sort=price',
  'file:///srv/app/a b.mjs',
  '{"page":2,"sort":"price"}',
  'user[name]=bob',
  'a@b.example',
  'application/json; charset=utf-8',
];

export const LOOK_ALIKES: readonly LookAlike[] = [
  ...PLAIN_BASE64.map(base64).flatMap((plain) => [
    look('base64 of a plain text', text(`after ${plain}`)),
    look('base64 of a plain text', data({ after: plain })),
  ]),
  ...PLAIN_PERCENT.map(encodeURIComponent).flatMap((plain) => [
    look('percent-encoded', text(`GET /go?to=${plain} 200`)),
    look('percent-encoded', data({ href: `/go?to=${plain}` })),
  ]),
  look('a path', text('/usr/local/lib/node_modules/typescript/lib/typescript.js')),
  look('a long name', text('ThisIsQuiteALongIdentifierOfJavaScript was called')),
  look('GraphQL', data({ query: 'query Q($id: ID!) { order(id: $id) { id } }', variables: { id: 'o-17' } })),
  look('Kubernetes', data({ kind: 'ConfigMap', data: { foo: 'bar' } })),
  look('Kubernetes', text('env:\n- name: LOG_LEVEL\n  value: debug\n')),
  look('a command of Redis', data({ command: { name: 'get', args: ['orders:17'] } })),
  look('a command of Redis', text('AUTH failed')),
  look('the words of a test', text('PASS test/redact/corpus.test.ts')),
  look('headers', text("Headers { authorization: 'Bearer token' }")),
  look('a list of words', data({ stock: { words: PHRASE.split(' ') } })),
  look('bytes', data({ file: { type: 'Buffer', data: [...Buffer.from('hello shop')] } })),
  ...[
    'gcc -W extra a.c',
    'python3 -W ignore app.py',
    'ping -W 5 db',
    'awk -W posix 1',
    'bash -c compgen -W alpha',
    'loader -W 1200 shop',
    'loader -W /etc/words shop',
  ].map((line) => look('another meaning of -W', command(line))),
];
