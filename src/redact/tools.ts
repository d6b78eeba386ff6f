/** What a command's flags and arguments mean, where their names do not say it. */
export interface Tool {
  /** Flags whose next word is the secret, or the rest of their own word. */
  readonly secret?: readonly string[];
  /** Flags whose value is `user:password`, or with another separator. */
  readonly login?: readonly string[];
  readonly separator?: string;
  /** The secret is the n-th argument that is no flag, counted from 1, after this word where it is given. */
  readonly positional?: { readonly after?: string; readonly at: number };
  /** Bare words whose next word is the secret. */
  readonly words?: readonly string[];
  /** After this word every `NAME=value` is a secret, whatever the name. */
  readonly assigned?: string;
  /** `-pSECRET`: in one word only, where `-p SECRET` asks for it; or never. */
  readonly glued?: 'only' | 'never';
  /** Its flags mean this only after this word. */
  readonly only?: string;
}

const MYSQL: Tool = { secret: ['-p'], glued: 'only', words: ['password'] };
const MONGO: Tool = { secret: ['-p'] };
const CURL: Tool = { login: ['-u', '--user', '-U', '--proxy-user'], separator: ':' };
const LOGIN: Tool = { secret: ['-p'], only: 'login' };
const LDAP: Tool = { secret: ['-w'] };
const ARCHIVE: Tool = { secret: ['-p'], glued: 'only' };
const CAPITAL: Tool = { secret: ['-P'] };
const HTTPIE: Tool = { login: ['-a', '--auth'], separator: ':' };
const SAMBA: Tool = { login: ['-U', '--user'], separator: '%' };
const SNMP: Tool = { secret: ['-A', '-X', '-c'] };
const FLY: Tool = { assigned: 'secrets' };
const KADMIN: Tool = { secret: ['-w'], glued: 'never' };

const TOOLS: { readonly [tool: string]: Tool } = {
  mysql: MYSQL,
  mysqldump: MYSQL,
  mysqladmin: MYSQL,
  mysqlimport: MYSQL,
  mysqlcheck: MYSQL,
  mariadb: MYSQL,
  'mariadb-dump': MYSQL,
  'mariadb-admin': MYSQL,
  mongo: MONGO,
  mongosh: MONGO,
  mongodump: MONGO,
  mongorestore: MONGO,
  mongoexport: MONGO,
  cqlsh: MONGO,
  twine: MONGO,
  sshpass: MONGO,
  docker: LOGIN,
  podman: LOGIN,
  nerdctl: LOGIN,
  az: LOGIN,
  oc: LOGIN,
  helm: LOGIN,
  ipmitool: CAPITAL,
  sqlcmd: CAPITAL,
  bcp: CAPITAL,
  isql: CAPITAL,
  mosquitto_pub: CAPITAL,
  mosquitto_sub: CAPITAL,
  zip: CAPITAL,
  unzip: CAPITAL,
  '7z': ARCHIVE,
  '7za': ARCHIVE,
  rar: ARCHIVE,
  unrar: ARCHIVE,
  'redis-cli': { secret: ['-a'] },
  'redis-benchmark': { secret: ['-a'] },
  ldapsearch: LDAP,
  ldapadd: LDAP,
  ldapmodify: LDAP,
  ldapwhoami: LDAP,
  ldapdelete: LDAP,
  kadmin: KADMIN,
  'kadmin.local': KADMIN,
  snmpget: SNMP,
  snmpwalk: SNMP,
  openssl: { secret: ['-k', '-K'], glued: 'never' },
  'ssh-keygen': { secret: ['-N', '-P'], glued: 'never' },
  xfreerdp: { secret: ['/p:'], glued: 'only' },
  rdesktop: { secret: ['-p'], glued: 'never' },
  curl: CURL,
  wget: CURL,
  http: HTTPIE,
  https: HTTPIE,
  ab: { login: ['-A', '-P'], separator: ':' },
  ncat: { login: ['--proxy-auth'], separator: ':' },
  smbclient: SAMBA,
  rpcclient: SAMBA,
  lftp: { login: ['-u', '--user'], separator: ',' },
  etcdctl: { login: ['--user'], separator: ':' },
  sqlplus: { positional: { at: 1 }, separator: '/' },
  htpasswd: { positional: { at: 3 } },
  rabbitmqctl: { positional: { at: 3 } },
  ngrok: { positional: { after: 'authtoken', at: 1 } },
  vault: { positional: { after: 'login', at: 1 } },
  mc: { positional: { after: 'set', at: 4 } },
  dotnet: { positional: { after: 'set', at: 2 }, only: 'user-secrets' },
  snyk: { positional: { after: 'auth', at: 1 } },
  aws: { secret: ['--value'], glued: 'never', only: 'put-parameter' },
  gh: { secret: ['--body', '-b'], glued: 'never', only: 'secret' },
  fly: FLY,
  flyctl: FLY,
  supabase: FLY,
  nmcli: { words: ['password', 'psk', 'wifi-sec.psk', '802-11-wireless-security.psk'] },
  pdftk: { words: ['user_pw', 'owner_pw', 'input_pw'] },
};

/** The tool that a word of a command line names, by its file name. */
export function toolNamed(text: string): Tool | undefined {
  if (text.length > 200) return undefined;
  const name = text.slice(text.lastIndexOf('/') + 1).replace(/^["']+|["']+$/g, '');
  return Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
}

/** Found in every command line of a tool that is understood without a flag. */
export const FLAGLESS = /\b(?:rabbitmqctl|sqlplus|vault|mc|dotnet|snyk|ngrok|fly(?:ctl)?|supabase|nmcli|pdftk)\s/;
