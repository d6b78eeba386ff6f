import type { Command, LoadCommands } from './command.js';

/** The exports of each command's file. */
interface Loaded {
  readonly HELP: string;
  readonly OPTIONS: Command['options'];
  run(args: string[], loadCommands: LoadCommands): Promise<void>;
}

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Loaded>;
}

/** All commands, in the order of the help. */
export const COMMANDS: { readonly [name: string]: Entry } = {
  collect: { summary: 'the embedded collector: takes reports over OTLP/HTTP', load: () => import('./collect.js') },
  ls: { summary: 'the reports that a collector has taken', load: () => import('./ls.js') },
  show: { summary: 'one report as text', load: () => import('./show.js') },
  view: { summary: 'the pages of gmr collect for a directory or a file of reports', load: () => import('./view.js') },
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
  top: {
    summary: 'the same processes again and again: state, time away from the event loop, CPU, memory',
    load: () => import('./top.js'),
  },
  demo: { summary: 'all in one go: a stuck service, a signal, its report', load: () => import('./demo.js') },
  completion: {
    summary: 'a script that completes these words: bash, zsh, fish',
    load: () => import('./completion.js'),
  },
};

/** See `LoadCommands`. */
export async function loadCommands(): Promise<readonly Command[]> {
  const loaded = Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
    const { OPTIONS: options } = await load();
    return { name, summary, options };
  });
  return Promise.all(loaded);
}
