import type { NameKind } from './kinds.js';
import { isCardNumber, isIban } from './numbers.js';
import { TRAITS } from './traits.js';
import {
  basicPassword,
  isAuthWord,
  isProse,
  isRecoveryPhrase,
  looksChosen,
  looksLikeToken,
  looksRandom,
} from './values.js';

/** How a secret stands in a text. Every repetition is bounded: the work stays in proportion to the text. */
export interface Pattern {
  readonly title: string;
  /** The traits without which a text cannot hold it, and the words without which it is not searched for. */
  readonly needs: number;
  readonly holds: RegExp;
  /** Finds places; the groups named `value…` are the secret, those named `name…` say of which kind. */
  readonly find: RegExp;
  /** Only in texts or only in lines of source. */
  readonly mode?: 'text' | 'code';
  /** A further condition. A placeholder, and a value whose name is plain, are never secret. */
  readonly accept?: (value: string, kind: NameKind | undefined) => boolean;
}

/** Letters of both cases and digits in no order, or a long number in base 16: no identifier or file name is like that. */
const isMixed = (part: string): boolean =>
  /^(?!(.)\1+$)[0-9a-f]{32,}$/i.test(part) ||
  (part.length >= 16 && looksRandom(part) && /[a-z]/.test(part) && /[A-Z]/.test(part) && /\d.*\d/.test(part));

const SECRET_WORD = /passw|passphrase|passcode|secret|token|api.?key|identified|pwd|cred|pin\b|key/i;

export const PATTERNS: readonly Pattern[] = [
  {
    title:
      "a literal after a literal name: define('DB_PASSWORD', 'x'), page.fill('#password', 'x'), get('#pin').type('x')",
    needs: TRAITS.bracket | TRAITS.quote,
    holds: /\w\(\s{0,4}["'`]/,
    find: /\w\(\s{0,4}(?:"(?<name>[^"\n]{2,100})"|'(?<name2>[^'\n]{2,100})'|`(?<name3>[^`\n]{2,100})`)(?:,\s{0,4}|\)\.(?:fill|type|val|set|value|setValue|sendKeys|send_keys|input)\(\s{0,4})["'`](?<value>[^"'`\n]{1,512})["'`]/dg,
    accept: (value) =>
      !/^(?:password|token|secret)$/i.test(value) && !/^[A-Z]+(?:_[A-Z]+)+$/.test(value) && !/\$\{[^}]*$/.test(value),
  },
  {
    title: "a literal of a setter or signer: setToken('x'), jwt.sign(payload, 'x'), createHmac('sha256', 'x')",
    needs: TRAITS.bracket | TRAITS.quote,
    holds: /\bset\w|jwt\.|\bcreate|auth|login|bearer|cookieParser|Keygrip/i,
    find: /\b(?:set\w{0,40}(?:password|token|secret|apikey)\w{0,20}\(|(?:jwt\.(?:sign|verify)|create(?:Hmac|Cipheriv|Decipheriv)|auth|authenticate|login|bearer|cookieParser|Keygrip)\([^'"`()\n]{0,60}(?:["'`][^'"`()\n]{0,60}["'`],\s{0,4})?)["'`](?<value>[^'"`\n]{4,512})["'`]\s{0,4}[,)]/dgi,
    accept: (value) => !/^(?:aes|des|chacha20|camellia|aria|sha|md|[hrpe]s)[-\d][\w-]*$/i.test(value),
  },
  {
    title: "a password of MySQL's: SET PASSWORD FOR 'bob'@'%' = PASSWORD('x')",
    needs: TRAITS.bracket | TRAITS.quote,
    holds: /\bset password\b/i,
    find: /\bset password\b[^=\n]{0,100}=\s{0,4}(?:old_)?password\(\s{0,4}["'](?<value>[^"'\n]{1,512})["']/dgi,
  },
  {
    title: "a name and its value one after the other in a list: rawHeaders: ['x-api-key', 'x']",
    needs: TRAITS.quote,
    holds: /["'],\s{0,12}\\{0,8}["']/,
    find: /(?<=[[,]\s{0,12}\\{0,8})["'](?<name>[A-Za-z][\w-]{2,60})\\{0,8}["'],\s{0,12}(?=\\{0,8}["'](?<value>[^"'\\\n]{3,4096})\\{0,8}["'])/dg,
    accept: (value, kind) =>
      kind === 'cookie'
        ? /^[\w.-]{1,80}=/.test(value)
        : looksLikeToken(value) || looksChosen(value) || /^(?=\S{0,64}\d[A-Za-z])\S{8}/.test(value),
  },
  {
    title: "a password that comes first: scryptSync('x', salt, 32), bcrypt.compare('x', hash)",
    needs: TRAITS.bracket | TRAITS.quote,
    holds: /scrypt|pbkdf2|bcrypt|argon2/i,
    find: /\b(?:scrypt|pbkdf2|(?:bcrypt|argon2|bcryptjs)\w{0,4}\.(?:hash|compare))(?:Sync)?\(\s{0,4}["'`](?<value>[^"'`\n]{4,512})["'`]/dgi,
  },
  {
    title: "a login that is encoded: Buffer.from('bob:x').toString('base64'), btoa('bob:x')",
    needs: TRAITS.bracket | TRAITS.quote,
    holds: /Buffer\.from\(|btoa\(/,
    find: /\b(?:Buffer\.from|btoa)\(\s{0,4}["'`][\w.@+-]{1,64}:(?<value>[^'"`\n/ ][^'"`\n]{2,256})["'`]/dg,
  },
  {
    title: "a login in order: new Sequelize('shop', 'app', 'x'), twilio('AC…', 'x')",
    needs: TRAITS.bracket | TRAITS.quote,
    holds: /Sequelize\(|twilio\(/i,
    find: /\b(?:Sequelize\(\s{0,4}["'`][^"'`\n]{0,64}["'`],\s{0,4}|twilio\()\s{0,4}["'`][^"'`\n]{1,64}["'`],\s{0,4}["'`](?<value>[^'"`\n]{4,512})["'`]/dgi,
  },
  {
    title: "a header that is joined: 'Bearer ' + 'x'",
    needs: TRAITS.quote | TRAITS.space,
    holds: /\b(?:bearer|basic|token|apikey) ["'`]/i,
    find: /\b(?:bearer|basic|token|apikey) ["'`]\s{0,4}\+\s{0,4}["'`](?<value>[^'"`\n]{4,2048})["'`]/dgi,
  },
  {
    title: 'a literal in code that looks like a token or a password',
    needs: TRAITS.quote,
    mode: 'code',
    holds: /["'`][^"'`\s]{8}/,
    find: /(?<![\w$])["'`](?<value>[^"'`\s\\]{8,512})["'`]/dg,
    accept: (value) => looksChosen(value) || value.split(/[-_.:/,;|%?=&]/).some(isMixed),
  },
  {
    title:
      'a name and a value in two fields: "name":"password","value":"x", <add key="password" value="x"/>, a part of a form',
    needs: TRAITS.quote,
    holds: /\b(?:name|key|header|field|param|id)\\*["']?\s{0,4}[=:]/i,
    find: /\b(?:name|key|header|field|param|id)\\{0,8}["']?\s{0,4}[=:]\s{0,4}\\{0,8}["'](?<name>[\w.\-:]{1,100})\\{0,8}["'][,;]?\s{0,8}(?:\\{0,8}["']?(?:value|val|content|default|data)\\{0,8}["']?\s{0,4}[=:]\s{0,4}\\{0,8}["'](?<value>(?:[^"'\\]|\\[^"'\\]){1,4096})|\r?\n\r?\n(?<value2>[^\r\n]{1,4096})|>(?<value3>[^<]{1,4096})<)/dgi,
  },
  {
    title: 'an element with attributes: <Password Type="text">x</Password>',
    needs: TRAITS.sign | TRAITS.space,
    holds: /<[\w:.-]{1,80}\s/,
    find: /<(?<name>[\w:.-]{1,80})\s[^<>]{0,200}>(?<value>[^<]{1,4096})</dg,
  },
  {
    title: "words of SQL and of sentences: PASSWORD 'x', identified by 'x', password is x1, and .netrc",
    needs: TRAITS.space,
    holds: SECRET_WORD,
    find: /\b(?:password|passwd|passphrase|(?:secret|token|api key)(?= (?:is|was|set to) )|identified by|pwd|identified with \w{1,40} by)(?: (?:is|was|set to|for [\w@.-]{1,60}|of [\w@.-]{1,60}|to))?\s{1,4}(?:\\{0,8}["'`](?<value>[^"'`\\\n]{3,512})["'`\\]|(?<=(?:login|user|account)\s{1,4}[^\s]{1,128}\s{1,4}(?:password|passwd)\s{1,4})(?<value2>\S{3,512})|(?<= (?:is|was|set to)\s{1,4})(?<value3>[^\s"'.]{0,128}\d[^\s"']{0,512}))/dgi,
    accept: (value) => value.length >= 3,
  },
  {
    title: 'a name for somebody or something: Password for bob: x, the token of shop is x',
    needs: TRAITS.space,
    holds: SECRET_WORD,
    find: /\b(?<name>(?:[A-Za-z]{1,20}[ _-]){0,1}(?!(?:secret|token)\sof\b)(?:password|passwd|passphrase|passcode|pwd|pin|secret|token|api[ _-]?key|credentials?|mot de passe|passwort|contraseña|senha|пароль))\s(?:for|of|to|on|für|de|pour|для)\s(?:the\s)?(?:user|account|login|role|database|host|server|key|service|client)?\s{0,2}["'`]?[^\s"'`:=]{1,64}["'`]?(?:@[\w.-]{1,64})?\s{0,4}(?:[:=]|=>|->|\b(?:is|was|ist|est|es)\b:?)\s{0,4}["'`]?(?<value>[^\s"'`,;]{3,256})/dgi,
    accept: (value) => !isProse(value) && !value.endsWith('('),
  },
  {
    title: 'a name in another language in a sentence: Mot de passe : x, 密码是 x',
    needs: 0,
    holds:
      /mot de passe|passwor[td]|kennwort|contrase|senha|has[lł]o|heslo|şifre|salasana|парол|密码|密碼|口令|パスワード|비밀번호|kata sandi|mật khẩu|كلمة|رمز/i,
    find: /(?:mot de passe|kata sandi|mật khẩu|كلمة المرور|كلمة السر|رمز عبور)\s{0,2}(?:[:=：]|(?:est|adalah|là)\s(?=\S{0,64}\d))\s{0,4}["'`]?(?<value>[^\s"'`,;]{3,256})|(?:密码|密碼|口令|パスワード|비밀번호)(?:\s{0,2}[是为為は는은：:=]){1,2}\s{0,4}["'`「]?(?<value2>[\x21-\x7e]{4,256})|(?:passwort|kennwort|contraseña|senha|hasło|heslo|şifre|salasana|пароль)\s(?:ist|lautet|es|é|to|je|on|это|-|—)\s["'`]?(?=[^\s"'`]{0,64}\d)(?<value3>[^\s"'`,;]{4,256})/dgi,
  },
  {
    title: 'a value beside its name, without a sign: privateKey 0x…',
    needs: TRAITS.space,
    holds: SECRET_WORD,
    find: /(?<![\w.-])(?<name>[A-Za-z][\w-]{3,60})[ \t]{1,2}(?<value>0x[0-9a-f]{32,128}|[\w+/=.~-]{20,512})(?![\w(])/dgi,
    accept: (value, kind) => (kind === 'secret' || kind === 'key' || kind === 'declared') && looksLikeToken(value),
  },
  {
    title: 'a value on the line after its name: password=⏎x',
    needs: TRAITS.newline,
    mode: 'text',
    holds: /[=:：][ \t]{0,4}\\?\r?\n/,
    find: /(?<![\w.-])["']?(?<name>[\w.\-\u0080-\uffff]{2,60})["']?[ \t]{0,4}[=:：][ \t]{0,4}\\?\r?\n(?:[ \t]{0,8}\r?\n)?[ \t]{0,8}["']?(?<value>[^\s"'=:,;{}[\]()<>#]{4,256}={0,2})["']?[ \t]{0,4}(?=\r?\n|$)/dg,
    accept: (value, kind) =>
      (kind === 'secret' || kind === 'key' || kind === 'declared') && !/^-|^[a-z]{1,7}$|\.{3}$/.test(value),
  },
  {
    title: 'a value in a column beside its name: password    x',
    needs: TRAITS.space,
    mode: 'text',
    holds: SECRET_WORD,
    find: /^[ \t]{0,16}(?<name>[A-Za-z][\w.-]{2,60})(?: {2,60}|\t{1,8})(?<value>[^\s=:|]\S{5,511})[ \t]{0,16}\r?$/dgm,
    accept: (value, kind) => (kind === 'secret' || kind === 'declared') && !/^[a-z]+$|^[A-Z]+$|^[<[]|[()]/.test(value),
  },
  {
    title: 'a subprotocol of a WebSocket that carries a token: Sec-WebSocket-Protocol: access_token, x',
    needs: TRAITS.space,
    holds: /sec-websocket-protocol/i,
    find: /sec-websocket-protocol["']?\s{0,4}[:=,]\s{0,4}[["']{0,2}(?:[\w.+-]{0,60}(?:token|bearer|auth|authorization|jwt|api-?key))["']?,\s{0,4}["']?(?<value>[^\s,"'\]]{4,8192})/dgi,
  },
  {
    title: "a pair within a literal of source: 'password=x', `/login?token=x&a=b`",
    needs: TRAITS.quote,
    mode: 'code',
    holds: /["'`?&][\w.-]{2,60}=[^\s"'`]/,
    find: /(?<=["'`?&])(?<name>[\w.-]{2,60})=(?<value>[^\s"'`&;,$<>{}()=]{3,512})(?=["'`&])/dg,
    accept: (_, kind) => kind === 'secret' || kind === 'key' || kind === 'declared',
  },
  {
    title: 'a name and a value on two lines of YAML: - name: DB_PASSWORD⏎  value: x',
    needs: TRAITS.newline,
    mode: 'text',
    holds: /\bname:/,
    find: /\bname:[ \t]{1,4}["']?(?<name>[\w.-]{1,100})["']?[ \t]{0,4}\r?\n[ \t]{0,40}value:[ \t]{1,4}["']?(?<value>[^\s"'#][^"'\r\n]{0,4096})/dg,
  },
  {
    title:
      'a login in the words of a protocol: AUTH bob x, HELLO 3 AUTH bob x, USER bob⏎PASS x, a1 LOGIN bob x, AUTH PLAIN x',
    needs: TRAITS.space,
    mode: 'text',
    holds: /(?:AUTH|LOGIN|PASS|334) |^PASS/m,
    find: /^(?:(?:HELLO [23] )?AUTH (?:(?:PLAIN|XOAUTH2) (?=\S{8})|(?!PLAIN|LOGIN|CRAM|XOAUTH|NTLM|TLS)(?:[\w.@-]{1,64} )?)(?<value>\S{4,2048})(?=\r?$)|(?<=^USER [^\s]{1,64}\r?\n)PASS (?<value2>\S{3,256})|[A-Za-z]{0,6}\d{1,6} LOGIN \S{1,128} (?<value3>\S{3,256})|(?<=^334 UGFzc3dvcmQ6\r?\n)(?<value4>[\w+/=]{4,512}))/dgm,
    accept: (value) => !isAuthWord(value) && !isProse(value),
  },
  {
    title: 'the key of a wireless network as its QR code has it',
    needs: TRAITS.sign,
    holds: /WIFI:/,
    find: /WIFI:[^\s"']{0,200};P:(?<value>[^;\n]{4,63});/dg,
    accept: () => true,
  },
  {
    title: 'a line of .pgpass',
    needs: TRAITS.sign,
    holds: /:(?:\d{2,5}|\*):/,
    find: /^[\w.*-]{1,255}:(?:\d{2,5}|\*):[\w*-]{1,63}:[\w.*-]{1,63}:(?<value>\S{3,256})$/dgm,
  },
  {
    title: 'a line of a cookie jar as curl writes it',
    needs: TRAITS.tab,
    holds: /\t(?:TRUE|FALSE)\t/,
    find: /^\S{1,255}\t(?:TRUE|FALSE)\t\/\S{0,255}\t(?:TRUE|FALSE)\t\d{1,15}\t[^\t\n]{1,255}\t(?<value>\S{8,4096})$/dgm,
  },
  {
    title: "a line of curl's settings",
    needs: TRAITS.quote,
    holds: /user\s{0,4}[=:]/,
    find: /^\s{0,8}(?:proxy-)?user\s{0,4}[=:]\s{0,4}"[^":\n]{1,64}:(?<value>[^"\n]{3,256})"/dgm,
  },
  {
    title:
      "Oracle's user/password@, in a JDBC address, before //host or host:port/service, or after the name of a tool",
    needs: TRAITS.at | TRAITS.slash,
    holds: /\/[^\s/]{1,128}@/,
    find: /(?:jdbc:oracle:[a-z0-9]{1,8}:[^/\s"'@]{1,64}\/(?<value>[^\s"'@]{1,128})@|(?<![\w/.:@-])[a-z][\w$#.-]{0,63}\/["']?(?<value2>[^\s/@"'`]{3,128})["']?@(?:\/\/[\w.[]|\(DESC|[a-z][\w.-]{0,100}:\d{2,5}\/\w)|\b(?:sqlplus|sqlldr|rman|expdp|impdp|conn(?:ect)?)\s{1,4}(?:(?:-\w{1,10}|target|catalog)\s{1,4}){0,3}[a-z][\w$#.-]{0,63}\/["']?(?<value3>[^\s/@"'`]{3,128})["']?(?=@\w))/dgi,
  },
  {
    title:
      "user:password@ without a scheme: Go's user:x@tcp(host), a proxy's user:x@host:3128, after the name of a tool",
    needs: TRAITS.at,
    holds: /:[^\s@]{1,128}@/,
    find: /(?<![\w.:/@-])(?!(?:https?|mailto|sips?|xmpp|acct|npm|workspace|file|link|git|ssh|pkg|user|from|to|cc|email):)[\w.+-]{1,64}:(?:(?<value>[^\s:@/'"`<>]{2,128})@(?:(?:tcp|tcp4|tcp6|unix)\(|(?:[a-z0-9-]{1,63}\.){0,6}[a-z][a-z0-9-]{0,63}:\d{2,5}\b|\d{1,3}(?:\.\d{1,3}){3}|localhost\b)|(?<=\b(?:s?ftps?|lftp|ncftp|scp|ssh|sshfs|rsync|curl|wget|aria2c|smbclient|mount|telnet|mysql|psql|mongosh?|redis-cli|amqp\w{0,10}|imap|smtp|dial|ENOTFOUND|EAI_AGAIN|connect(?:ing|ed)?(?: to| as)?)\s{1,4}(?:-{1,2}[\w-]{1,20}\s{1,4}){0,3}[\w.+-]{1,64}:)(?<value2>[^\s:@/'"`<>]{2,128})@[a-z0-9])/dgi,
  },
  {
    title: 'an address that lets everyone post who knows it: the part after what is common to all of them',
    needs: TRAITS.long | TRAITS.slash,
    holds:
      /hook|bot|alchemy|infura|quiknode|ifttt|ping\.com|pagerduty|logtail|ntfy|pipedream|logic\.azure|pushcut|gotify/i,
    find: /(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/|webhook\.office\.com\/|hooks\.zapier\.com\/hooks\/catch\/|api\.telegram\.org\/(?:file\/)?bot|chat\.googleapis\.com\/v1\/spaces\/|outlook\.office\.com\/webhook\/|hooks\.(?:\w{1,20}\.)?make\.com\/|maker\.ifttt\.com\/trigger\/\w{1,60}\/with\/key\/|events\.pagerduty\.com\/integration\/|hc-ping\.com\/|oapi\.dingtalk\.com\/robot\/send\?|open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook\/|in\.logtail\.com\/|\.logic\.azure\.com[^\s"'?]{0,400}\?|alchemy\.com\/v2\/|infura\.io\/v3\/|quiknode\.pro\/|ntfy\.sh\/|\.m\.pipedream\.net\/|api\.pushcut\.io\/|gotify\.[\w.-]{1,80}\/message\?)(?<value>[^\s"'<>`?\\]{6,2048})/dgi,
  },
  {
    title: 'a part of a path after a page for those who got the link by mail: /reset-password/x',
    needs: TRAITS.long | TRAITS.slash,
    holds: /\/[\w-]{4,40}\/[\w.~%-]{16}/,
    find: /\/(?<name>[\w-]{4,40})(?=\/(?<value>[\w.~%-]{16,512}))/dg,
    accept: (value) => looksLikeToken(value),
  },
  {
    title: 'a token of a page that is reached by mail',
    needs: TRAITS.long | TRAITS.slash,
    holds: /reset|verif|confirm|activat|invit|magic|unlock|recover/i,
    find: /\/[\w-]{0,30}(?:reset|verif|confirm|activat|invit|magic|unlock|recover)[\w-]{0,30}(?:\/|\?(?:\w{1,20}=[^\s&#"'=]{0,100}&){0,4}\w{1,20}=)(?<value>[\w.~%-]{16,512})/dgi,
    accept: (value) => looksLikeToken(value),
  },
  {
    title: 'the token of an Authorization header: Bearer x',
    needs: TRAITS.space,
    holds: /bearer/i,
    find: /(?<![A-Za-z0-9_])bearer(?:\s|%20|\+){1,3}(?<value>[\w+/=.~:-]{8,8192})/dgi,
    accept: (value) => /\d/.test(value.slice(0, 512)) || value.length >= 24,
  },
  {
    title: 'the login of an Authorization header: Basic x',
    needs: TRAITS.space,
    holds: /basic/i,
    find: /(?<![A-Za-z0-9_])basic(?:\s|%20|\+){1,3}(?<value>[\w+/-]{4,1024}={0,2})/dgi,
    accept: (value) => basicPassword(value) !== undefined,
  },
  {
    title: 'other schemes of an Authorization header: Token x, Bot x',
    needs: TRAITS.space,
    holds: /(?:token|apikey|negotiate|ntlm|ghs|splunk|bot|sso-key|key)(?:\s|%20|\+)/i,
    find: /(?<![A-Za-z0-9_])(?:token|apikey|negotiate|ntlm|ghs|splunk|discordbot|bot|sso-key|key)(?:\s|%20|\+){1,3}(?=[\w+/=.~:-]{0,64}\d)(?=[\w+/=.~:-]{0,64}[A-Za-z])(?![0-9a-f]{8}-)(?<value>[\w+/=.~:-]{16,8192})/dgi,
  },
  {
    title:
      'tokens with a sign of their vendor in the middle or at the end: Mailchimp, Terraform Cloud, Telegram, Azure, New Relic, MaxMind',
    needs: TRAITS.long,
    holds: /-us\d|\.atlasv1\.|:AA|Q~|NRAL|_mmk|AZDO|\d:[0-9a-f]{32}/,
    find: /(?<![A-Za-z0-9])(?<value>[0-9a-f]{32}-us\d{1,2}(?!\w)|\w{14}\.atlasv1\.[\w-]{20,512}|\d{8,10}:AA[\w-]{30,512}|[\w~.-]{3}\dQ~[\w~.-]{31,34}|[0-9a-f]{36,40}NRAL|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[12]\/\d{12,20}(?:\/\d{12,20})?:[0-9a-f]{32}|[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk)/dg,
  },
  {
    title: 'tokens whose prefix says what they are: acme_sk_x, shop-pat-x, x_live_x',
    needs: TRAITS.long,
    holds: /[_-][A-Za-z0-9]{20}/,
    find: /(?<![A-Za-z0-9_-])(?:[a-z][a-z0-9]{1,15}_(?:[a-z0-9]{1,6}_)?(?<value2>[A-Za-z0-9]{30,512})(?![\w-])|(?:[a-z0-9]{1,16}[_-]){0,3}(?:sk|[a-z]{0,5}pat|rk|key|apikey|token|secret|oauth|live|pt|sat|uat|priv)[a-z0-9]{0,3}(?:[_-][a-z0-9]{1,10}){0,2}[_-](?<value>[A-Za-z0-9]{20,512})(?![\w-]{0,2}\.[a-z]))/dg,
    accept: (value) => looksRandom(value) && (/[A-Z]/.test(value) || value.length >= 32),
  },
  {
    title: 'the number of a payment card, in groups or not',
    needs: TRAITS.digits,
    holds: /\d{4}(?:[ .+_\u00a0\u2013-]|%20)?\d{4}/,
    find: /(?<![A-Za-z0-9])(?<!\d[.,-])(?<value>[2-9]\d{3}(?:\d{10,14}(?!\d)|\d{9}(?:\d{6})?(?!\d| ?(?:[nuµm]s|bytes|[KMGT]?i?B)\b)|(?<sign>[ .+_\u00a0\u2013-]|%20)(?:\d{4}\k<sign>\d{4}\k<sign>(?:\d{4}\k<sign>\d{3}|\d{2,4})|\d{6}\k<sign>\d{4,5})))(?![A-Za-z0-9]|[.,-]\d)/dg,
    accept: isCardNumber,
  },
  {
    title: 'an IBAN, in groups or not',
    needs: TRAITS.digits,
    holds: /[A-Za-z]{2}\d\d[ -]?[A-Za-z0-9]{4}/,
    find: /(?<![A-Za-z0-9])(?<value>[A-Za-z]{2}\d{2}(?:[A-Za-z0-9]{11,30}|(?:[ -][A-Za-z0-9]{4}){2,7}(?:[ -][A-Za-z0-9]{1,3})?))(?![A-Za-z0-9])/dg,
    accept: isIban,
  },
  {
    title: 'a number of a person beside its name: SSN 123-45-6789',
    needs: TRAITS.digits,
    holds: /\bssn\b|social.security|national.insurance|tax.?payer|\bnino\b|\bcvv2?\b|\bcvc2?\b|steuer.?id/i,
    find: /\b(?:ssn|social[ _-]security(?:[ _-](?:number|no))?|national[ _-]insurance(?:[ _-](?:number|no))?|tax[ _-]?payer[ _-]id|nino|steuer-?id|cv[vc]2?)(?:\s(?:number|no\.?|code))?["']?(?:\s(?:is|was|of|ending))?\s{0,4}[:=#]{0,2}\s{0,4}["']?(?<value>[A-Z]{0,2}[ -]?\d{2,9}(?:[ -]\d{2,6}){0,4}[ -]?[A-D]?)(?![\w.])/dgi,
    accept: (value) => value.replace(/\D/g, '').length >= 3,
  },
  {
    title: 'a code that is valid once, beside its name: your verification code is 123 456, 123456 is your code',
    needs: TRAITS.digits,
    holds: /code|otp|pin\b|passcode/i,
    find: /(?:\b(?:(?:verification|security|log-?in|sign-?in|one[ -]time|sms|2fa|mfa|two-factor|auth(?:entication|orization)?|confirmation|access|activation|reset|recovery|unlock)\s(?:pass)?code|one[ -]time (?:password|pin|passcode)|t?otp(?: code)?|passcode|pin(?: code)?|your (?:code|pin))(?:\s(?:for|sent to)\s\S{1,64})?\s{0,4}(?:is|was|[:=#]|=>)?\s{0,4}["']?(?<value>(?:[A-Z]-)?\d{3,4}[ -]?\d{0,5})|(?<![\w.,:/-])(?<value2>(?:[A-Z]-)?\d{3,4}[ -]?\d{1,5})\s(?:is|as)\s(?:your|the)\s(?:[\w-]{1,20}\s){0,4}(?:pass)?code|\benter (?:the )?code (?<value3>\d{4,8}))(?![\w.]\w|[A-Za-z0-9])/dgi,
    accept: (value) => value.replace(/\D/g, '').length >= 4,
  },
  {
    title: 'words that are a recovery phrase by their number and kind: words: x',
    needs: TRAITS.space,
    holds: /\b(?:words|phrase)["'`]?\s{0,4}[:=]/i,
    find: /(?<![a-z])(?:words|phrase)["'`]?\s{0,4}[:=]\s{0,4}["'`[]?(?<value>(?:["']?[a-z]{3,8}["']?[ ,\n]{1,3}){11,23}["']?[a-z]{3,8})(?![\w-])/dgi,
    accept: isRecoveryPhrase,
  },
  {
    title: 'a recovery phrase of 12 to 24 words beside its name',
    needs: TRAITS.space,
    holds: /mnemonic|seed|bip-?39|(?:recovery|secret|backup|wallet).{0,3}(?:phrase|words)|passphrase/i,
    find: /\b(?:mnemonic|seed|bip-?39|(?:seed|recovery|secret|backup|wallet)[ _-]?(?:phrase|words)|passphrase)\w{0,20}["'`]?(?:\s(?:is|are|was))?\s{0,4}[:=,]?\s{0,4}["'`[]?(?<value>(?:["']?[a-z]{3,8}["']?[ ,\n]{1,3}){11,23}["']?[a-z]{3,8})/dgi,
  },
];
