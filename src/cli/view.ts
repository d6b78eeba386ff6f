import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { defaultDirectory } from '../collector/directory.js';
import { readToken, withToken } from '../collector/viewer/access.js';
import { startViewing, type Viewing } from '../collector/viewing.js';
import { ENDING } from './ending.js';
import { openReportDirectory } from './report-directory.js';
import { isIdStart, listByIdStart } from './report-id.js';
import { tell } from './tell.js';
import { CommandError, readPort, UsageError } from './usage.js';
import { explain, openViewed } from './viewed.js';
import { createProcesses } from './viewer-processes.js';

export const HELP = `gmr view [FILE | DIR]… [ID] [--open] [--port PORT]

The pages of gmr collect without a receiver: on a loopback address, behind a token, until Ctrl-C. The address is printed.

  DIR          a collector's directory, a spool, or a directory of files such as GMR_LOG_DIR;
               by default ${defaultDirectory()}
  FILE         reports as gmr show --from takes them: gmr dump --json > FILE, GMR_FORMAT=json, OTLP JSON, Loki's answer;
               - for stdin
  ID           the page of the report whose id begins so (at least 4 digits)
  --open       opens a browser (xdg-open; open on macOS)
  --port PORT  any free one by default

Files are read once, and put into a store of their own in the directory for temporary files, which is removed at the end.
A report that was printed as text has no data: gmr view leaves it out. Traces of applications are in a collector's DIR alone.
`;

export const OPTIONS = {
  open: { type: 'boolean', default: false },
  port: { type: 'string', default: '0' },
} as const;

const HOST = '127.0.0.1';

/** Runs until SIGINT, SIGTERM or SIGHUP. */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const port = readPort('--port', values.port);
  const ids = positionals.filter((one) => isIdStart(one) && !existsSync(one));
  if (ids.length > 1) throw new UsageError(`expected one report id, got ${ids.join(' ')}`);
  const paths = positionals.filter((one) => !ids.includes(one));
  const ended = new Promise<void>((end) => {
    for (const signal of ENDING) process.once(signal, () => end());
  });
  const opening = openViewed(paths.length > 0 ? paths : [await findDefault()]);
  const viewed = await Promise.race([opening, ended]);
  // Reading goes on, and may never end. Its directory is removed when the process exits.
  if (!viewed) process.exit();
  try {
    if (viewed.skipped.length > 0) tell('view', `left out: ${explain(viewed.skipped)}`);
    const path = ids[0] === undefined ? '' : `/reports/${await findReport(viewed.directory, ids[0].toLowerCase())}`;
    const viewing = await listen(viewed.directory, port);
    try {
      process.stdout.write(`gmr view: open ${withToken(viewing.url, viewing.token, path)} in a browser; Ctrl-C ends\n`);
      // Other users can read a program's arguments: this token is of no use to them afterwards.
      if (values.open) openBrowser(withToken(viewing.url, viewing.grantOnce(), path));
      await ended;
    } finally {
      await viewing.close();
    }
  } finally {
    await viewed.remove();
  }
}

async function findDefault(): Promise<string> {
  const directory = defaultDirectory();
  if (existsSync(directory)) return directory;
  throw new CommandError(`there is no ${directory}: has a collector run? Else name a file or a directory`);
}

async function findReport(directory: string, start: string): Promise<string> {
  const found = listByIdStart((await openReportDirectory(directory)).list(), start);
  const [report] = found;
  if (found.length === 1 && report) return report.id;
  throw new CommandError(found.length === 0 ? `no report ${start} there` : `${start} matches ${found.length} reports`);
}

async function listen(directory: string, port: number): Promise<Viewing & { readonly token: string }> {
  const token = readToken(process.env);
  try {
    const processes = createProcesses(false);
    const viewing = await startViewing({
      host: HOST,
      port,
      directory,
      token,
      processes,
      onTrouble: (sentence) => tell('view', sentence),
    });
    return { ...viewing, token };
  } catch (error) {
    throw new CommandError(`listening on ${HOST} port ${port} failed: ${(error as Error).message}`);
  }
}

function openBrowser(url: string): void {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const browser = spawn(command, [url], { stdio: 'ignore', detached: true });
  const fail = (why: string) => tell('view', `${command} failed (${why}): open the address by hand`);
  browser.on('error', (error) => fail(error.message));
  browser.on('exit', (code) => code !== null && code !== 0 && fail(`exit code ${code}`));
  browser.unref();
}
