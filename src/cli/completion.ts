import { parseArgs } from 'node:util';
import type { Command, LoadCommands } from './command.js';
import { UsageError } from './usage.js';

export const HELP = `gmr completion bash | zsh | fish

Prints a script with which a shell completes the commands and options of gmr and guru-meditation:

  bash   eval "$(gmr completion bash)"
  zsh    source <(gmr completion zsh), after compinit
  fish   gmr completion fish | source
`;

export const OPTIONS = {} as const;

const SHELLS: { readonly [shell: string]: (commands: readonly Words[]) => string } = { bash, zsh, fish };

/** A command and its options, `--json` and `-n`. */
interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
  /** The words of which it wants one. */
  readonly values: readonly string[];
}

export async function run(args: string[], loadCommands: LoadCommands): Promise<void> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const [shell = '', ...more] = positionals;
  const write = Object.hasOwn(SHELLS, shell) && more.length === 0 ? SHELLS[shell] : undefined;
  if (!write)
    throw new UsageError(`expected ${Object.keys(SHELLS).join(', ')}, got ${positionals.join(' ') || 'nothing'}`);
  const commands = (await loadCommands()).map(toWords);
  const values = commands.map(({ name }) => name);
  process.stdout.write(
    write([...commands, { name: 'help', summary: 'the options of a command', options: [], values }]),
  );
}

function toWords({ name, summary, options }: Command): Words {
  const words = Object.entries(options).flatMap(([option, { short }]) => [
    `--${option}`,
    ...(short ? [`-${short}`] : []),
  ]);
  return { name, summary, options: [...words, '--help'], values: name === 'completion' ? Object.keys(SHELLS) : [] };
}

function bash(commands: readonly Words[]): string {
  const cases = commands.map(
    ({ name, options, values }) => `    ${name}) words="${[...values, ...options].join(' ')}" ;;`,
  );
  return `_gmr() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "$([ "$COMP_CWORD" -gt 1 ] && echo "\${COMP_WORDS[1]}")" in
    '') words="${commands.map(({ name }) => name).join(' ')} --version" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _gmr gmr guru-meditation
`;
}

function zsh(commands: readonly Words[]): string {
  const described = commands.map(({ name, summary }) => `'${name}:${summary.replaceAll("'", "'\\''")}'`);
  const cases = commands.map(
    ({ name, options, values }) =>
      `    ${name}) compadd -- ${[...values, ...options].join(' ')}${values.length > 0 ? '' : '; _files'} ;;`,
  );
  return `_gmr() {
  local -a commands=(${described.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${cases.join('\n')}
  esac
}
compdef _gmr gmr guru-meditation
`;
}

function fish(commands: readonly Words[]): string {
  const lines = commands.flatMap(({ name, summary, options, values }) => [
    `-n __fish_use_subcommand -f -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    ...(values.length > 0 ? [`-n '__fish_seen_subcommand_from ${name}' -f -a '${values.join(' ')}'`] : []),
    ...options.map(
      (option) =>
        `-n '__fish_seen_subcommand_from ${name}' ${option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`}`,
    ),
  ]);
  return ['gmr', 'guru-meditation']
    .flatMap((command) => lines.map((line) => `complete -c ${command} ${line}\n`))
    .join('');
}
