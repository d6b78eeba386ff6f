#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { escapeControls } from '../views/escape.js';
import { CommandError, UsageError } from './usage.js';

interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ readonly HELP: string; run(args: string[]): Promise<void> }>;
}

const COMMANDS: { readonly [name: string]: Command } = {
  collect: { summary: 'the embedded collector: takes reports over OTLP/HTTP', load: () => import('./collect.js') },
  ls: { summary: 'the reports that it has taken', load: () => import('./ls.js') },
  show: { summary: 'one of them as text', load: () => import('./show.js') },
  replay: { summary: 'sends the reports that wait on disk', load: () => import('./replay.js') },
  ps: {
    summary: 'the Node processes here that answer with a report, and to which signals',
    load: () => import('./ps.js'),
  },
  kill: { summary: 'asks some of them, and spares those that a signal would end', load: () => import('./kill.js') },
  demo: { summary: 'the main job in one go: a stuck service, a kill, its report', load: () => import('./demo.js') },
};

const HELP = `gmr: reports of live Node.js processes

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  gmr ${name.padEnd(9)} ${summary}`)
  .join('\n')}

  gmr COMMAND --help    its options
  gmr --version

A process makes reports when it runs under: node --import guru-meditation/register app.js
and is then asked for one with: kill -USR1 PID, or gmr kill
`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help')
    return void process.stdout.write(HELP);
  if (name === '--version') return void process.stdout.write(`${readVersion()}\n`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`unknown command ${name}: expected ${Object.keys(COMMANDS).join(', ')}`);
  const { HELP: help, run } = await command.load();
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(help);
  await run(args);
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

// `gmr show | head`: whoever read it has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isUsage = error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS'));
  const isKnown = isUsage || error instanceof CommandError;
  const line = isKnown ? message.split('\n')[0] : ((error as Error).stack ?? message);
  process.stderr.write(`gmr: ${escapeControls(line ?? '', { keepLines: !isKnown })}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
