#!/usr/bin/env node
import { VERSION } from '../version.js';
import { escapeControls } from '../views/escape.js';
import { COMMANDS, loadCommands } from './commands.js';
import { CommandError, UsageError } from './usage.js';

const WIDEST = Math.max(...Object.keys(COMMANDS).map(({ length }) => length));

const HELP = `gmr: reports of live Node.js processes

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  gmr ${name.padEnd(WIDEST)}  ${summary}`)
  .join('\n')}

  gmr help COMMAND      its options
  gmr --version

A process makes reports if it was started with: node --import guru-meditation/register app.js
To ask it for one: kill -USR1 PID, or gmr kill
`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return help(args);
  if (name === '--version') return void process.stdout.write(`${VERSION}\n`);
  const command = find(name);
  if (args.includes('--help') || args.includes('-h')) return help([name]);
  await (await command.load()).run(args, loadCommands);
}

async function help([name]: readonly string[]): Promise<void> {
  process.stdout.write(name === undefined || name.startsWith('-') ? HELP : (await find(name).load()).HELP);
}

function find(name: string) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command;
  throw new UsageError(`unknown command ${name}: expected ${Object.keys(COMMANDS).join(', ')}`);
}

// `gmr show | head`: the reader has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
  const { code, message } = error;
  const isUsage = error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS'));
  const isKnown = isUsage || error instanceof CommandError;
  const line = isKnown ? message.split('\n')[0] : (error.stack ?? message);
  process.stderr.write(`gmr: ${escapeControls(line ?? '', { keepLines: !isKnown })}\n`);
  process.exitCode = isUsage ? 2 : 1;
});
