/** The secret flags and arguments of a program, if their names do not give them away. */
export interface Tool {
  /** Flags whose next word is the secret, or the rest of their own word. */
  readonly secret?: readonly string[];
  /** Flags whose value is `user:password`, or with another separator. */
  readonly login?: readonly string[];
  readonly separator?: string;
  /**
   * The secret is the n-th argument that is not a flag, counted from 1, after this word if one is given; with `command`,
   * only if the first argument is like that.
   */
  readonly positional?: { readonly after?: string; readonly at: number; readonly command?: RegExp };
  /** Flags whose value is `name=secret`; a value without `=` is a file. */
  readonly pair?: readonly string[];
  /** Bare words whose next word is the secret. */
  readonly words?: readonly string[];
  /** After this word every `NAME=value` is a secret, whatever the name. */
  readonly assigned?: string;
  /** `-pSECRET`: in one word only, if `-p SECRET` means something else; or never. */
  readonly glued?: 'only' | 'never';
  /** Its flags mean this only after this word. */
  readonly only?: string;
  /** `-u` and `-p` are not a login of this program: `docker run -u user:group -p 80:80`, `journalctl -u unit -p err`. */
  readonly anonymous?: boolean;
}

const TOOLS: readonly (readonly [programs: string, tool: Tool])[] = [
  [
    'mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlsh mariadb mariadb-dump mariadb-admin',
    { secret: ['-p'], glued: 'only', words: ['password'] },
  ],
  [
    'mongo mongosh mongodump mongorestore mongoexport cqlsh twine sshpass beeline useradd usermod adduser',
    { secret: ['-p'] },
  ],
  ['docker podman nerdctl', { secret: ['-p'], only: 'login', anonymous: true }],
  ['az oc helm', { secret: ['-p'], only: 'login' }],
  ['ipmitool sqlcmd bcp isql mosquitto_pub mosquitto_sub zip unzip', { secret: ['-P'] }],
  ['7z 7za rar unrar', { secret: ['-p'], glued: 'only' }],
  ['redis-cli redis-benchmark', { secret: ['-a'] }],
  ['ldapsearch ldapadd ldapmodify ldapwhoami ldapdelete', { secret: ['-w'] }],
  ['kadmin kadmin.local', { secret: ['-w'], glued: 'never' }],
  ['snmpget snmpwalk', { secret: ['-A', '-X', '-c'] }],
  ['openssl', { secret: ['-k', '-K'], glued: 'never' }],
  ['ssh-keygen', { secret: ['-N', '-P'], glued: 'never' }],
  ['xfreerdp', { secret: ['/p:'], glued: 'only' }],
  ['rdesktop', { secret: ['-p'], glued: 'never' }],
  ['wget', { login: ['-u', '--user', '-U', '--proxy-user'] }],
  ['curl', { login: ['-u', '--user', '-U', '--proxy-user'], pair: ['-b', '--cookie'] }],
  ['http https xh hey siege oha', { login: ['-a', '--auth'] }],
  ['ab', { login: ['-A', '-P'] }],
  ['ncat', { login: ['--proxy-auth'] }],
  ['smbclient rpcclient', { login: ['-U', '--user'], separator: '%' }],
  ['lftp', { login: ['-u', '--user'], separator: ',' }],
  ['etcdctl', { login: ['--user'] }],
  ['sqlplus', { positional: { at: 1 }, separator: '/' }],
  [
    'htpasswd rabbitmqctl',
    { positional: { at: 3, command: /^-\w*b\w*$|^(?:add_user|change_password|authenticate_user)$/ } },
  ],
  ['ngrok', { positional: { after: 'authtoken', at: 1 } }],
  ['vault', { positional: { after: 'login', at: 1 } }],
  ['mc', { positional: { after: 'set', at: 4 } }],
  ['dotnet', { positional: { after: 'set', at: 2 }, only: 'user-secrets' }],
  ['snyk', { positional: { after: 'auth', at: 1 } }],
  ['aws', { secret: ['--value'], glued: 'never', only: 'put-parameter' }],
  ['gh', { secret: ['--body', '-b'], glued: 'never', only: 'secret' }],
  ['fly flyctl supabase', { assigned: 'secrets' }],
  ['nmcli', { words: ['password', 'psk', 'wifi-sec.psk', '802-11-wireless-security.psk'] }],
  ['pdftk', { words: ['user_pw', 'owner_pw', 'input_pw'] }],
  [
    'sudo su doas runuser gosu su-exec chown rsync kubectl install systemd-run journalctl top htop lsof ps pkill pgrep',
    { anonymous: true },
  ],
];

const BY_PROGRAM: ReadonlyMap<string, Tool> = new Map(
  TOOLS.flatMap(([programs, tool]) => programs.split(' ').map((program): [string, Tool] => [program, tool])),
);

/** The tool that a word of a command line names, by its file name. */
export function toolNamed(text: string): Tool | undefined {
  if (text.length > 200) return undefined;
  return BY_PROGRAM.get(text.slice(text.lastIndexOf('/') + 1).replace(/^["']{1,8}|["']{1,8}$/g, ''));
}

/** Found in every command line of a tool that is understood without a flag. */
export const FLAGLESS =
  /\b(?:rabbitmqctl|sqlplus|vault|mc|dotnet|snyk|ngrok|fly(?:ctl)?|supabase|nmcli|pdftk)\s|\/user:/;
