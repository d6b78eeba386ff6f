/** Sentences, lines and literals in which a secret stands without a sign that sets it off. */

import { command, error, fake, fakeHex, type LookAlike, row, type Secret, source, text } from './fragments.js';

const SOFT = 'Schn3cke!Haus';
const WORD = 'gartenzwerg';
const PASSWORDS = [SOFT, WORD, 'pa55w0rd99'];

const SENTENCES: readonly ((secret: string) => string)[] = [
  (s) => `Password for bob: ${s}`,
  (s) => `password for user bob is ${s}`,
  (s) => `Password for 'bob': ${s}`,
  (s) => `the password of the account shop = ${s}`,
  (s) => `DB password for app@db.internal: ${s}`,
  (s) => `API key for shop: ${s}`,
  (s) => `Passphrase for key bob: ${s}`,
  (s) => `Passwort für bob: ${s}`,
  (s) => `connecting as app/${s}@//db.internal:1521/shop`,
  (s) => `connecting as app/${s}@db.internal:1521/shop`,
  (s) => `ORA-01017 for scott/${s}@//10.0.0.5/orcl`,
  (s) => `sqlplus scott/${s}@orcl`,
  (s) => `connect system/${s}@prod`,
  (s) => `sftp bob:${s}@files.internal`,
  (s) => `ftp bob:${s}@ftp.example:/in`,
  (s) => `lftp -p bob:${s}@ftp.example`,
  (s) => `scp bob:${s}@host:/tmp/a .`,
  (s) => `connecting to bob:${s}@broker.internal`,
  (s) => `rsync bob:${s}@backup.example::module`,
  (s) => `user=bob\npassword=\n${s}\nhost=db`,
  (s) => `login\nPassword:\n${s}\n`,
  (s) => `DB_PASSWORD =\n  ${s}\n`,
  (s) => `client_secret:\r\n${s}\r\nend`,
];

const TOKENS = [fake(24), fake(40, 2), fakeHex(32), `${fake(8)}-${fake(20, 3)}`, SOFT];
const LINES: readonly ((secret: string) => string)[] = [
  (s) => `connect("${s}");`,
  (s) => `const client = await connect('db', '${s}');`,
  (s) => `return request(url, { h: '${s}' });`,
  (s) => `if (given !== \`${s}\`) throw new Error('no');`,
  (s) => `new Client("${s}", options)`,
  (s) => `  '${s}',`,
];

export const SECRETS: readonly Secret[] = [
  ...PASSWORDS.flatMap((password) =>
    SENTENCES.flatMap((say) => [
      row('in a text', password, (s) => text(say(s))),
      row('in a message', password, (s) => error(`failed: ${say(s)}`)),
    ]),
  ),
  ...TOKENS.flatMap((token) => LINES.map((line) => row('in a line of source', token, (s) => source(line(s))))),
  row('in a command line', SOFT, (s) => command(`sftp bob:${s}@files.internal`)),
  row('in a command line', SOFT, (s) => command(`rman target sys/${s}@prod`)),
];

const look = (where: string, section: LookAlike['section']): LookAlike => ({ where, section });

export const LOOK_ALIKES: readonly LookAlike[] = [
  ...[
    'Password for bob: required',
    'password for user bob is missing',
    'Password for bob is too short',
    'token for the parser: expected identifier',
    'the secret of success: patience',
    'Password for bob has expired: reset it',
    'secret for ingress: not found',
    'at install (/srv/app/node_modules/.pnpm/react@18.2.0/node_modules/react/index.js:12:5)',
    'ghcr.io/shop/api@sha256:3f2a1b9c4d5e',
    'uses actions/checkout@v4 and library/nginx@1.25',
    'npm i @scope/pkg@1.2.3 lodash@4.17.21',
    'see src/mail/bob@example.com.txt',
    'mail from alice@example.com to bob@example.com',
    'scp build.tar bob@host:/srv/app',
    'ssh bob@files.internal',
    'sftp bob@files.internal:/in',
    'git clone git@github.com:shop/api.git',
    'rsync -a /srv/app bob@backup.example:/srv',
    'password=\nhost=db\nport=5432',
    'password:\n  minLength: 12\n  digits: true',
    'Enter password:\nlogin failed',
    'PASSWORD=\n',
    'auth:\n  basic\n',
    'cache:\nredis\n',
    'secret:\n}',
    'last password change: Monday',
    'connect to db.internal:5432 as app',
    'connecting to http://db.internal:8080/shop@2',
  ].map((words) => look('text', text(words))),
  ...[
    "import { createServer } from './server/create-server.js';",
    "const id = 'getElementsByClassName';",
    "element.className = 'btn-primary-large';",
    "res.setHeader('content-type', 'application/x-www-form-urlencoded');",
    "hash.update(data, 'utf8').digest('base64url');",
    "crypto.createCipheriv('aes-256-gcm', key, iv);",
    "const chunk = await import('./chunk-3f2a1b9c.js');",
    "app.get('/api/v1/orders/:id/items', list);",
    "throw new TypeError('ERR_INVALID_ARG_TYPE');",
    "emitter.on('unhandledRejection', onError);",
    "const uuid = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';",
    "const date = '2024-01-31T23:59:59.123Z';",
    "expect(result).toBe('hello world 1234');",
    "const query = 'select id from orders where total > 100';",
    "ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384'",
    "const url = 'https://shop.example/api/v2/orders?limit=100';",
    "log.info('started in %d ms', performance.now());",
    "const accept = 'text/html,application/xhtml+xml;q=0.9';",
    "module.exports = require('../../lib/v8-compile-cache');",
    "const color = '#3f2a1b9c';",
    "const name = 'XMLHttpRequestEventTarget';",
    "const key = 'WebGL2RenderingContext';",
    "const range = 'bytes=0-1023';",
    "const version = '20.20.2-nightly20240131';",
    "const locale = 'zh-Hant-TW';",
    "const agent = 'Mozilla/5.0 (X11; Linux x86_64)';",
  ].map((line) => look('source', source(line))),
];
