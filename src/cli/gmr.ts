#!/usr/bin/env node
import { VERSION } from '../version.js';
import { escapeControls } from '../views/escape.js';
import { CommandError, UsageError } from './usage.js';

interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ readonly HELP: string; run(args: string[]): Promise<void> }>;
}

const COMMANDS: { readonly [name: string]: Command } = {
  collect: { summary: 'the embedded collector: takes reports over OTLP/HTTP', load: () => import('./collect.js') },
  ls: { summary: 'the reports that a collector has taken', load: () => import('./ls.js') },
  show: { summary: 'one report as text', load: () => import('./show.js') },
  replay: { summary: 'sends the reports that wait on disk', load: () => import('./replay.js') },
  ps: {
    summary: 'the Node processes here that answer with a report, and their signals',
    load: () => import('./ps.js'),
  },
  kill: {
    summary: 'asks processes for a report; never sends a signal that would end one',
    load: () => import('./kill.js'),
  },
  dump: { summary: 'asks processes for a report, and prints it here', load: () => import('./dump.js') },
  demo: { summary: 'all in one go: a stuck service, a signal, its report', load: () => import('./demo.js') },
};

const HELP = `gmr: reports of live Node.js processes

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  gmr ${name.padEnd(9)} ${summary}`)
  .join('\n')}

  gmr COMMAND --help    its options
  gmr --version

A process makes reports if it was started with: node --import guru-meditation/register app.js
To ask it for one: kill -USR1 PID, or gmr kill
`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help')
    return void process.stdout.write(HELP);
  if (name === '--version') return void process.stdout.write(`${VERSION}\n`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`unknown command ${name}: expected ${Object.keys(COMMANDS).join(', ')}`);
  const { HELP: help, run } = await command.load();
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(help);
  await run(args);
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
