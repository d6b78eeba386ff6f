/** The word lists that judge names and values. A name is split into words first: these are words, not patterns. */

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter(Boolean));

/** Secret anywhere in a name that does not end in a harmless word. */
export const SECRET_WORDS = set(`
  pass passwd passwds password passwords passphrase passphrases passcode pword pswd pswrd pwrd psw pw pwd secret secrets
  token tokens tkn tkns bearer psk mnemonic mnemonics sas apikey apikeys dockerconfigjson dockercfg netrc htpasswd
`);

/** Secret as the last word of a name; before other words they name products: `OTP_VERSION`, `SALT_MASTER`. */
export const LAST_SECRET_WORDS = set('salt pepper otp totp hotp wif');

/** Secret as the last word of a name: `auth`, `proxyAuthorization`; otherwise they name a topic (`authRegion`). */
export const AUTH_WORDS = set('auth authorization authentication xauth masterauth jwt basicauth proxyauth authn');

/** Last words whose value is masked only if it looks like a token. */
export const WEAK_WORDS = set(`
  session sid sig signature pat hmac license licence webhook ticket cookiejar assertion samlresponse verifier
  private seed nkey pkey skey sk
`);

/** Masked if the value is digits; `pin: 'left'` is a layout. */
export const DIGIT_WORDS = set(`
  pin cvv cvc csc tan iban ssn nino creditcard cardnumber cardno ccnumber ccnum cardpan
`);

/** Before `key`: the key is secret. */
export const KEY_OWNERS = set(`
  api access secret sec private priv prv pvt enc dec crypt signing sign encryption encrypt decryption decrypt crypto cipher master auth ssh shared
  account app application session cookie jwt hmac aes rsa des deploy subscription instrumentation ingest ingestion
  integration write admin webhook license licence recovery unseal wrapping consumer tls ssl gpg pgp server client
  service user storage preshared deployment registration security sdk lic bot merchant root host functions data
`);

/** Before `key`: the key is plain, whatever the value looks like. */
export const PLAIN_KEYS = set(`
  public pub primary foreign cache partition sort row hash range shard composite object index unique natural routing
  message group lookup query search map dict json i18n translation idempotency arrow shortcut pressed dedup
  deduplication order record entity state react bucket s3 blob file lock queue job redis memo item node entry
  config property setting settings feature flag metric label tag tags sorting join surrogate business cursor
  candidate null any enter return escape space tab shift ctrl alt meta function
`);

/** Last words after which a name is about a secret but does not hold one. */
export const HARMLESS_LAST = set(`
  file files filename path paths dir directory folder location loc url uri urls endpoint endpoints host hosts hostname
  port type types kind name names username length len count counts counter size sizes max min maximum minimum
  limit limits ttl expiry expire expires expired expiration timeout ms msec sec secs second seconds minute minutes hour
  hours day days age lifetime duration enabled disabled enable disable required requires require allowed allow policy
  policies provider providers method methods mode scheme schemes strategy strategies algorithm algorithms alg algo
  issuer iss audience aud header prefix suffix format formats version field fields column columns label title
  hint hints description desc help placeholder rounds round iterations iteration cost index status state valid verified loaded
  present exists rotation rotate interval period at used usage rate bucket budget window stdin helper store
  manager plugin handler middleware service services server servers client clients module class function callback
  error errors failed failures failure success successes attempts attempt retries retry id ids uuid guid scope scopes
  role roles realm domain sock socket agent address addr regex regexp pattern template example charset encoding bits
  strength generator factory adapter backend engine driver vault reset forgot change changed confirm
  parser parsing lexer stream streams kinds ring rings parallelism region zone project namespace email icon color
  link page route router screen form input button test tests spec check checks checker validator validation
  total sum avg average mean median p50 p95 p99 percent ratio quota used remaining left available cached hits misses
  pool refresher refreshed created updated issued modified since until in date time timestamp rules rule options opts
  command cmd script program exe binary arn ref reference position offset start end line lines col
  per savings spent price hashing hasher threshold location metadata info supported support kid fingerprint thumbprint
`);

/** After a word that is secret only at the end of a name: they change nothing. */
export const QUALIFIERS = set(`
  value data string text config json old new prev previous next current prod production dev development staging live
  sandbox base64 b64 ident raw plain encrypted enc override primary secondary backup v1 v2 1 2
`);

/** Before `token`: a piece of text, of a parser or a language model. */
export const PLAIN_TOKEN_OWNERS = set(`
  stop bos eos pad unk cls sep mask special next previous current unexpected end start lookahead syntax image text
  vocab thinking stopping significant keyword operator punctuator identifier whitespace comment
`);

/** The private members of a JSON web key (RFC 7518, 6). */
export const JWK_MEMBERS = set('d p q dp dq qi oth k');

/** Sessions of desktops and terminals, not of users. */
export const PLAIN_SESSION_OWNERS = set(`
  xdg dbus desktop gnome kde plasma term iterm wt shell zellij tmux kitty wezterm gdm x11 wayland ssh security
  manager login audit screen vscode terminal
`);

/** Exceptions: whole names (letters and digits only) that are not secret. */
export const PLAIN_NAMES = set(`
  oldpwd sshauthsock xauthority sessionmanager gitaskpass sshaskpass sudoaskpass passwordstoredir
  accesscontrolallowcredentials allowcredentials withcredentials pass1 tokensperinterval tokenspersecond
  securitysessionid npmconfigalwaysauth alwaysauth keytar saltedhash npmconfiginitauthor sessionname
`);

/** Values that are plain under any name. */
export const PLAIN_VALUES = set(`
  true false yes no on off null undefined none nil nan enabled disabled required optional default auto inherit
  include omit same-origin string number boolean object array any unknown void never buffer
  unset empty missing set present hidden masked redacted [redacted] (redacted) <redacted> [masked] [hidden] [filtered] [secret]
  <hidden> <masked> <secret> <password> <token> <none> <unset> <empty> [array] [object] [circular] [function]
  (unset) (none) (empty) (missing) (hidden) (masked) (set) n/a readonly keyof
  [object: [null prototype] xxx xxxx xxxxx xxxxxx xxxxxxxx ... … - --- + | > { [ ( await new async function
`);

/** Values that name a way to authenticate, not a credential. */
export const AUTH_VALUES = set(`
  basic bearer digest oauth oauth2 oidc openid saml ldap ldaps jwt kerberos ntlm negotiate token cookie session local
  password apikey api-key mtls tls ssl iam internal external anonymous public private google github gitlab azure
  azuread aws auth0 okta keycloak cognito firebase passport custom optional try scram scram-sha-256 scram-sha-1
  plain login cram-md5 sasl psk wpa2 trust md5 peer ident reject forms windows ok failed failure error passed denied granted expired valid
  invalid missing success succeeded successful credentials header
`);

/** Words that continue a sentence after `token:` or `password:`. */
export const PROSE = set(`
  must expected invalid missing expired is are not should cannot unable unexpected has have was were does the a an no
  too wrong incorrect failed please this that it for from and or of with user login unauthorized forbidden mismatch
  need needs could would may might will can be been did either neither only at in on by to
`);

/** Not searched for in the rest of the report: harmless text would be masked with them. */
export const COMMON_VALUES = set(`
  admin administrator root user users guest test testing tests demo example sample default postgres postgresql mysql
  mariadb redis mongo mongodb rabbitmq elastic elasticsearch kibana grafana minio oracle system sysadmin operator
  production staging development develop dev prod local localhost docker kubernetes master main primary secondary
  password passwd secret token changeme letmein welcome qwerty abc123 service server client database application
  node npm node_modules package config configuration public private internal session cookie string number
  boolean object undefined function anonymous nobody daemon running sleeping enabled disabled success failed
  127.0.0.1 0.0.0.0 application/json text/plain message value values queue worker threads process processes
  account request response headers header signal report error warning debug checkout index module async await
  output input variable completion redacted
  monitor monitoring backup replica support manager backend frontend gateway google github gitlab amazon
`);
