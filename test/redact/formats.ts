/** Formats of files, of records and of logs, and variables of many tools. */

import {
  argv,
  base64,
  command,
  data,
  env,
  error,
  fake,
  fakeHex,
  fakeUpper,
  group,
  row,
  type Secret,
  source,
  text,
} from './fragments.js';

const SOFT = 'Zw!ebel#Kuchen7';
const WORD = 'bratkartoffel';
const W1 = 'b8Kuchen4tTe';
const PHRASE = 'ripple gauge lemon orbit ladder pencil velvet canyon drift marble sunny tunnel';
const KEY_LINE = fake(64, 21);

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['CF_Token', fake(40)],
  ['GH_PAT', fake(40, 2)],
  ['VAPID_PRIVATE', fake(43)],
  ['WALLET_SEED_PHRASE', PHRASE],
  ['AMQP_CREDENTIALS', `app:${SOFT}`],
  ['YARN_NPM_AUTH_IDENT', `bob:${WORD}`],
  ['OPENWEATHER_KEY', fakeHex(32, 2)],
  ['mysqlpassword', WORD],
  ['ROOTPW', SOFT],
  ['DB_PASSWORD_BASE64', base64(SOFT)],
  ['COMPOSER_AUTH', JSON.stringify({ 'github-oauth': { 'github.com': fake(40, 3) } })],
  ['GIT_CONFIG_VALUE_0', `AUTHORIZATION: basic ${base64(`x-access-token:${SOFT}`)}`],
  ['npm_config_//registry.npmjs.org/:_authToken', fake(36)],
  ['BUNDLE_ENTERPRISE__CONTRIBSYS__COM', `${fakeHex(8)}:${fakeHex(8, 2)}`],
  ['TRAEFIK_BASICAUTH_USERS', `bob:$apr1$abcdefgh$${fake(22)}`],
];
/** The secret part of the environment's value. */
const hidden = (value: string): string =>
  value.startsWith('{') ? fake(40, 3) : (/^(?:AUTHORIZATION: basic |[\w$]{3,8}:)(.+)$/.exec(value)?.[1] ?? value);

const SHAPES: readonly (readonly [string, string])[] = [
  ['Docker Hub', `dckr_pat_${fake(27)}`],
  ['Atlassian', `ATATT3xFfGF0${fake(180)}`],
  ['Bitbucket', `ATBB${fake(32)}`],
  ['Tailscale', `tskey-auth-k${fake(12)}-${fake(32)}`],
  ['Figma', `figd_${fake(40)}`],
  ['Linear', `lin_api_${fake(40)}`],
  ['Slack app', `xapp-1-A0123456789-1234567890123-${fakeHex(64)}`],
  ['Sentry', `sntrys_${fake(120)}`],
  ['Groq', `gsk_${fake(52)}`],
  ['PlanetScale', `pscale_tkn_${fake(43)}`],
  ['RubyGems', `rubygems_${fakeHex(48)}`],
  ['Azure client secret', `abc8Q~${fake(34)}`],
  ['Google refresh token', `1//0${fake(60)}`],
  ['Stripe test key', `sk_test_${fake(24)}`],
  ['Braintree', `access_token$production$${fake(16).toLowerCase()}$${fakeHex(32)}`],
  ['Terraform Cloud', `${fake(14)}.atlasv1.${fake(67)}`],
  ['GitLab runner', `glrt-${fake(20)}`],
  ['PKCS#8, encrypted', `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${KEY_LINE}\n-----END ENCRYPTED PRIVATE KEY-----`],
  ['argon2', `$argon2id$v=19$m=65536,t=3,p=4$${fake(22)}$${fake(43)}`],
];

const bytes = [...Buffer.from(SOFT)];

export const SECRETS: readonly Secret[] = [
  ...ENVIRONMENT.map(([name, value]) => row(`environment ${name}`, hidden(value), () => env(name, value))),
  ...SHAPES.map(([what, token]) =>
    row(what, token.includes('\n') ? KEY_LINE : token, () => text(`the call with ${token} was refused`)),
  ),

  // Registered configuration and data
  row('ldapjs', SOFT, (s) => group({ ldap: { bindDN: 'cn=app', bindCredentials: s } })),
  row('tedious', WORD, (s) => group({ authentication: { type: 'default', options: { userName: 'sa', password: s } } })),
  row('koa keys', SOFT, (s) => group({ koa: { keys: [s, 'older'] } })),
  row('secure session key', fakeHex(64), (s) => group({ secureSession: { key: s, cookieName: 'sid' } })),
  row('iron-session', SOFT, (s) => group({ cookieOptions: { ttl: 60 }, password: [{ id: 1, password: s }] })),
  row('a password as a buffer', JSON.stringify(bytes).slice(1, -1), () =>
    group({ mqtt: { username: 'app', password: { type: 'Buffer', data: bytes } } }),
  ),
  row('JWK, RSA', fake(86), (s) => data({ keys: [{ kty: 'RSA', kid: 'a', n: fake(40, 5), e: 'AQAB', d: s }] })),
  row('JWK, symmetric', fake(43, 5), (s) => group({ jwk: { kty: 'oct', k: s, alg: 'HS256' } })),
  row('express-basic-auth', SOFT, (s) => group({ basicAuth: { users: { admin: s }, challenge: true } })),
  row('API keys by customer', SOFT, (s) => group({ apiKeys: { acme: s, globex: 'gl0b-ex-1' } })),
  row('NATS seed', `SUA${fakeUpper(55)}`, (s) => group({ nats: { servers: ['n1'], nkeySeed: s } })),
  row('two factors', fakeUpper(32), (s) => data({ user: 'bob', twoFactorSecret: s })),
  row('cloudinary', fake(27), (s) => env('CLOUDINARY_URL', `cloudinary://123456789012345:${s}@shop`)),
  row('Unleash', `default:development.${fakeHex(40)}`, (s) => group({ customHeaders: { Authorization: s } })),
  row('HAR header', base64(`bob:${SOFT}`), (s) =>
    data({
      headers: [
        { name: 'Authorization', value: `Basic ${s}` },
        { name: 'Accept', value: '*/*' },
      ],
    }),
  ),
  row('HAR cookie', fake(24), (s) => data({ cookies: [{ name: 'sid', value: s }] })),
  row('proxy auth', SOFT, (s) => group({ proxy: { host: 'proxy', port: 3128, auth: `bob:${s}` } })),
  row('SNS subscription', fake(30), (s) => data({ SubscribeURL: `https://sns.example/?Action=Confirm&Token=${s}` })),
  row('AWS SDK', fake(40), (s) => group({ credentials: { accessKeyId: 'x', secretAccessKey: s, sessionToken: 'y' } })),
  row('pusher', fakeHex(20), (s) => group({ pusher: { appId: '12', key: fakeHex(20, 3), secret: s, cluster: 'eu' } })),
  row('a mnemonic', PHRASE, (s) => data({ wallet: { address: '0xabc', mnemonic: s } })),

  // Command lines
  row('ssh-keygen -N', SOFT, (s) => command(`ssh-keygen -t ed25519 -N ${s} -f /srv/k`)),
  row('gpg --passphrase', WORD, (s) => command(`gpg --batch --passphrase ${s} -c /srv/a`)),
  row('keytool', WORD, (s) => command(`keytool -list -keystore a.jks -storepass ${s}`)),
  row('nmcli', SOFT, (s) => command(`nmcli dev wifi connect shop password ${s}`)),
  row('vault login', `s.${fake(24)}`, (s) => command(`vault login ${s}`)),
  row('npm publish --otp', '481516', (s) => command(`npm publish --otp=${s}`)),
  row('twine', SOFT, (s) => command(`twine upload -u __token__ -p ${s} dist/a.whl`)),
  row('heroku config:set', fake(30), (s) => command(`heroku config:set STRIPE_SECRET=${s} LOG_LEVEL=info`)),
  row('fly secrets set', WORD, (s) => command(`flyctl secrets set PAYMENTS=${s}`)),
  row('docker-password', SOFT, (s) =>
    command(`kubectl create secret docker-registry r --docker-username=bob --docker-password=${s}`),
  ),
  row('SSM parameter', SOFT, (s) => command(`aws ssm put-parameter --name /prod/db --type SecureString --value ${s}`)),
  row('secretsmanager', SOFT, (s) => command(`aws secretsmanager create-secret --name db --secret-string ${s}`)),
  row('az --account-key', `${fake(86)}==`, (s) => command(`az storage blob list --account-key ${s} -c a`)),
  row('docker --build-arg', fake(36), (s) => command(`docker build --build-arg NPM_TOKEN=${s} .`)),
  row('ansible -e', WORD, (s) => command(`ansible-playbook -e ansible_become_pass=${s} site.yml`)),
  row('curl --oauth2-bearer', fake(30), (s) => command(`curl --oauth2-bearer ${s} https://api.example`)),
  row('curl GitLab header', fake(20), (s) => command(`curl --header PRIVATE-TOKEN: ${s} https://gitlab.example`)),
  row('curl -F', fake(20), (s) => command(`curl -F token=${s} -F file=@a.txt https://api.example`)),
  row('curl --cookie', fakeHex(32), (s) => command(`curl --cookie JSESSIONID=${s} https://api.example`)),
  row('httpie header', fake(30), (s) => command(`http POST api.example Authorization:"Token ${s}" a=b`)),
  row('httpie -a', WORD, (s) => command(`http -a bob:${s} api.example`)),
  row('echo | docker login', WORD, (s) => command(`sh -c echo ${s} | docker login -u bob --password-stdin`)),
  row('echo | sudo -S', SOFT, (s) => command(`sh -c echo '${s}' | sudo -S apt-get update`)),
  row('echo | chpasswd', WORD, (s) => command(`sh -c echo bob:${s} | chpasswd`)),
  row('redis-server', WORD, (s) => command(`redis-server --port 6379 --requirepass ${s}`)),
  row('x11vnc', WORD, (s) => command(`x11vnc -display :0 -passwd ${s}`)),
  row('mc alias', fake(40), (s) => command(`mc alias set shop http://minio:9000 shop-access ${s}`)),
  row('pdftk', WORD, (s) => command(`pdftk a.pdf output b.pdf user_pw ${s}`)),
  row('mysqladmin password', WORD, (s) => command(`mysqladmin -u root password ${s}`)),
  row('dotnet user-secrets', WORD, (s) => command(`dotnet user-secrets set Payments:Live ${s}`)),
  row('kadmin', WORD, (s) => command(`kadmin -p admin/admin -w ${s} -q listprincs`)),
  row('ncat', WORD, (s) => command(`ncat --proxy p:3128 --proxy-auth bob:${s} host 22`)),
  row('node -e', SOFT, (s) => argv('node', '-e', `connect({ user: 'app', password: '${s}' })`)),
  row('a bare assignment', SOFT, (s) => argv('node', 'server.js', `password=${s}`)),

  // Source lines
  row('createCipheriv', fake(32), (s) => source(`const c = createCipheriv('aes-256-cbc', '${s}', iv);`)),
  row('scryptSync', WORD, (s) => source(`const key = scryptSync('${s}', 'salt', 32);`)),
  row('jwt.verify', WORD, (s) => source(`return jwt.verify(token, '${s}');`)),
  row('superagent auth', SOFT, (s) => source(`await request(app).get('/').auth('bob', '${s}');`)),
  row('page.fill', SOFT, (s) => source(`await page.fill('input[name=password]', '${s}');`)),
  row('page.type', SOFT, (s) => source(`await page.type('#password', '${s}');`)),
  row('basic by hand', WORD, (s) => source(`const basic = Buffer.from('bob:${s}').toString('base64');`)),
  row('a template', WORD, (s) => source(`await login({ email, password: \`${s}\` });`)),
  row('headers.set', fake(30), (s) => source(`headers.set('Authorization', 'Bearer ' + '${s}');`)),
  row('a ternary', WORD, (s) => source(`const secret = isProduction ? process.env.SECRET : '${s}';`)),
  row('||=', WORD, (s) => source(`process.env.SESSION_SECRET ||= '${s}';`)),
  row('bcrypt', WORD, (s) => source(`bcrypt.compareSync('${s}', row.hash);`)),

  // Texts and errors
  row('SQL insert', SOFT, (s) => error(`INSERT INTO users (email, password) VALUES ('a@b.c', '${s}')`)),
  row('console.table', WORD, (s) => text(`│ (index)  │ Values │\n│ user     │ 'app'  │\n│ password │ '${s}' │`)),
  row('Markdown table', WORD, (s) => text(`| setting | value |\n|---|---|\n| password | ${s} |`)),
  row('CSV', WORD, (s) => text(`user,password\nbob,${s}`)),
  row('gRPC metadata', fake(30), (s) => text(`Metadata { internalRepr: Map(1) { 'x-api-key' => [ '${s}' ] } }`)),
  row('pino', fake(30), (s) => text(`{"level":30,"req":{"headers":{"authorization":"Bearer ${s}"}},"msg":"in"}`)),
  row('implicit flow', fake(30), (s) => text(`https://app.example/cb#access_token=${s}&token_type=bearer`)),
  row('jsessionid in a path', fakeHex(32), (s) => text(`GET /shop;jsessionid=${s}?page=1 200`)),
  row('reset link', fake(40), (s) => text(`mailed https://app.example/reset-password/${s} to bob`)),
  row('websocket', fake(30), (s) => text(`open wss://a.example/socket?auth=${s}&v=2`)),
  row('Ethereum key', `0x${fakeHex(64)}`, (s) => text(`deployer privateKey ${s} loaded`)),
  row('PuTTY', KEY_LINE, (s) => text(`PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n${s}\nPrivate-MAC: ab`)),
  row('AWS credentials file', fake(40), (s) => text(`[default]\naws_access_key_id = x\naws_secret_access_key = ${s}`)),
  row('TOML table', WORD, (s) => text(`[secrets]\nstripe = "${s}"\n\n[server]\nport = 80`)),
  row('inspect of a symbol', WORD, (s) => text(`Connection { host: 'db', [Symbol(password)]: '${s}' }`)),
  row('inspect of cookies', fake(24), (s) => text(`cookies: [\n  'sid=${s}; Path=/; HttpOnly'\n]`)),
  row('HTTP dump', SOFT, (s) => text(`POST /login HTTP/1.1\r\nHost: a\r\n\r\nuser=bob&pass=${s}`)),
  row('fetch headers as lists', fake(30), (s) => error(`fetch failed: {"headers":{"x-api-key":["${s}"]}}`)),
  row('MongoParseError', SOFT, (s) => error(`MongoParseError: mongodb://app:${s}@m1,m2:27017/shop is not valid`)),
  row('raw headers', W1, (s) => text(`rawHeaders: [\n  'Host',\n  'a',\n  'X-Api-Key',\n  '${s}'\n]`)),
  row('raw headers in JSON', W1, (s) => error(`fetch failed: {"rawHeaders":["Host","a","X-Auth-Token","${s}"]`)),
  row('raw headers, a cookie', W1, (s) => text(`rawHeaders: [ 'Cookie', 'theme=dark; visitor=${s}' ]`)),
  row('form with an encoded sign', W1, (s) => text(`POST /login user=bob&password=a%26${s}&next=home`)),
  row("PHP's JSON", SOFT, (s) => error(`cannot read {"proxy":"https:\\/\\/app:${s}@proxy.example\\/x"`)),
  row("PHP's JSON in JSON", SOFT, (s) => error(`{\\"url\\":\\"redis:\\\\/\\\\/:${s}@cache\\"`)),
  row('three quotes', WORD, (s) => text(`db_password = """${s}"""`)),
  row('three simple quotes', WORD, (s) => text(`db_password = '''${s}'''`)),
  row('Go', WORD, (s) => text(`panic: in dbPassword := "${s}"`)),
  row('make', WORD, (s) => text(`DB_PASSWORD := ${s}`)),
  row('YAML, a quote in quotes', W1, (s) => text(`password: 'a''${s}'\nhost: db`)),
  row('CSV, a quote in quotes', W1, (s) => text(`password="a""${s}" host=db`)),
  row('a value that begins with a sign of markup', W1, (s) => text(`DB_PASS=<${s}`)),
  ...["'", '"', '<', '`'].map((sign) =>
    row(`a URL with ${sign} in its password`, W1, (s) =>
      error(`connect ECONNREFUSED postgres://app:it${sign}${s}@db/x`),
    ),
  ),
];
