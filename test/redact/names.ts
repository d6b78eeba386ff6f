/** Names: with numbers, shortened, joined, misspelt, and in other languages. */

import { argv, data, env, fake, group, type LookAlike, row, type Secret, source, text } from './fragments.js';

const WORD = 'kirschgarten';
const SOFT = 'Gr!llen7Zirpen';

const NUMBERED = [
  ...[
    'TOKEN1',
    'apiToken2',
    'API_KEY1',
    'DB_PASS1',
    'AUTH2',
    'JWT1',
    'COOKIE1',
    'PASSWORD01',
    'secret3',
    'clientSecret2',
  ],
  ...[
    'ACCESS_TOKEN_V2',
    'MYSQL_PWD2',
    'apikey1',
    'SigningKey3',
    'PASSPHRASE2',
    'bearer2',
    'dbPassword2Prod',
    'PSK1',
    'creds2',
  ],
  ...['SESSION_SECRET_1', 'token_a1', 'PRIVATE_KEY2', 'x-auth-token2', 'otp1', 'salt2'],
];
const SHORTENED = [
  ...[
    'PRIVKEY',
    'REFRESH_TKN',
    'PASSWRD',
    'PASWD',
    'PSWD',
    'dbPasswrd',
    'user_pasword',
    'PASSWROD',
    'pswrd',
    'ACCESS_TKN',
  ],
  ...[
    'authtkn',
    'apitoken',
    'APISECRET',
    'SECKEY',
    'prvkey',
    'encKey',
    'signkey',
    'MASTERKEY',
    'DBPASSWORD',
    'rootpasswd',
  ],
  ...['ADMINPW', 'clientsecret', 'webhooksecret', 'jwtsecret', 'ACCESSKEY', 'sshkey', 'SCRT', 'appPwd', 'KEYTAB_CREDS'],
  ...['seedphrase', 'recoveryPhrase', 'MNEMONICPHRASE', 'backupWords', 'passwort'],
];
const FOREIGN = [
  ...[
    'motDePasse',
    'mot_de_passe',
    'MDP',
    'clave',
    'claveAcceso',
    'CONTRASEÑA',
    'contrasena',
    'contrasenya',
    'heslo',
    'haslo',
  ],
  ...[
    'hasło',
    'HASŁO_BAZY',
    'şifre',
    'SIFRE',
    'veritabanıŞifresi',
    'parola',
    'пароль',
    'ПАРОЛЬ',
    'пароль_бд',
    'секрет',
  ],
  ...[
    '密码',
    '数据库密码',
    '密碼',
    '口令',
    'パスワード',
    '管理者パスワード',
    '暗証番号',
    '비밀번호',
    '암호',
    'salasana',
    'SALASANA',
  ],
  ...['adgangskode', 'passord', 'lösenord', 'LOSENORD', 'wachtwoord', 'kennwort', 'Passwort', 'senha', 'senha_banco'],
  ...['palavraPasse', 'parolaDordine', 'jelszó', 'lozinka', 'лозинка', 'geslo', 'slaptažodis', 'parool', 'κωδικός'],
  ...['סיסמה', 'رمز عبور', 'كلمة المرور', 'पासवर्ड', 'รหัสผ่าน', 'mật khẩu', 'matKhau', 'kata_sandi', 'kataLaluan'],
  ...[
    'lykilorð',
    'fjalëkalimi',
    'պարոլ',
    'გასაღები პაროლი',
    'pasahitza',
    'nenosiri',
    'Geheimnis',
    'segredo',
    'hemlighet',
  ],
];
const isPlain = (name: string): boolean => /^[\w-]+$/.test(name);

export const SECRETS: readonly Secret[] = [
  ...[...NUMBERED, ...SHORTENED, ...FOREIGN].flatMap((name) => [
    row(`variable ${name}`, WORD, (s) => env(name, s)),
    row(`setting ${name}`, SOFT, (s) => group({ db: { [name]: s, host: 'db' } })),
  ]),
  ...[...NUMBERED, ...SHORTENED, ...FOREIGN]
    .filter((name) => !name.includes(' ') && !/^(?:otp|salt)/.test(name))
    .flatMap((name) => [
      row(`text ${name}=`, SOFT, (s) => text(`user=bob ${name}=${s} host=db`)),
      row(`JSON ${name}`, WORD, (s) => data(`{"user":"bob","${name}":"${s}"}`)),
    ]),
  ...[...SHORTENED, ...FOREIGN]
    .filter(isPlain)
    .map((name) => row(`argument --${name}`, SOFT, (s) => argv('node', 'a.js', `--${name}`, s, '--port', '80'))),
  ...NUMBERED.filter((name) => /TOKEN|KEY|secret|PASS/i.test(name) && isPlain(name)).map((name) =>
    row(`constant ${name}`, fake(24), (s) => source(`const ${name.replaceAll('-', '_')} = "${s}";`)),
  ),
  row('a wide colon', WORD, (s) => text(`用户：bob 密码：${s}`)),
  row('a wide colon and a space', WORD, (s) => text(`パスワード： ${s}`)),
  row('YAML in another language', WORD, (s) => text(`база:\n  хост: db\n  пароль: ${s}\n`)),
];

const look = (where: string, section: LookAlike['section']): LookAlike => ({ where, section });

export const LOOK_ALIKES: readonly LookAlike[] = [
  ...Object.entries({
    PORT1: '8080',
    HOST2: 'db-replica',
    KEYBOARD1: 'us',
    MONKEY_KEY_COUNT: '12',
    SHA256: 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184',
    OAUTH2_ISSUER: 'https://sso.example',
    BASE64: 'true',
    HTTP2: 'enabled',
    IPV6: '::1',
    UTF8: '1',
    TOKEN1_TTL: '3600',
    AUTH2_URL: 'https://sso.example/v2',
    PASSENGER_COUNT2: '4',
    COMPASS_URL: 'https://compass.example',
    CONCLAVE: 'rome',
    ENCLAVE_CPU_COUNT: '2',
    SANDISK_MODEL: 'ultra',
    PAROLE_BOARD: 'yes',
    BANDWIDTH1: '100',
    KEYTAB_PATH: '/etc/krb5.keytab',
    KRB5_KTNAME_FILE: '/etc/krb5.keytab',
    PASSWORD1_FILE: '/run/secrets/db',
    TURKEY: 'ankara',
    HOTKEY1: 'ctrl+c',
    DESIGNER: 'bob',
    SIFRAMEWORK: 'x',
    CLEARANCE: 'none',
  }).map(([name, value]) => look('variable', env(name, value))),
  ...['PRIMARY_KEY1', 'sortKey2', 'cacheKey1', 'partition_key_2', 'publicKey1'].map((name) =>
    look('setting', group({ [name]: 'tenant' })),
  ),
  look('text', text('step1=ok step2=ok token1_count=3')),
  look('text', text('版本：1.4.2 状态：正常')),
  look('text', text('ответ: готово, время: 12 мс')),
  look('data', data({ v1: 'a', s3: { bucket: 'assets' }, k8s: 'prod', p95: 12, mp3: 'song', x509: 'pem', int8: 3 })),
  look('data', data({ avainsana: 'x', geolocation: '48.1,11.5', oauth2Enabled: true, jwt2: { algorithm: 'RS256' } })),
];
