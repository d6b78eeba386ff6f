import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Counts } from '../collector/arrivals.js';
import { describeReport } from '../collector/describe.js';
import { defaultDirectory } from '../collector/directory.js';
import { isLoopback } from '../collector/origin.js';
import { type CollectorOptions, startCollector } from '../collector/server.js';
import { LIMITS, openStore } from '../collector/store.js';
import { escapeControls } from '../views/escape.js';
import { CommandError, readName, readPort } from './usage.js';

export const HELP = `gmr collect [--port 4318] [--host 127.0.0.1] [--dir DIR] [--quiet]

Takes OTLP/HTTP logs and traces with JSON bodies (also gzip) on /v1/logs and /v1/traces, stores each request as a
line of DIR/logs.jsonl or DIR/traces.jsonl, and prints one line for each report. At ${LIMITS.maxFileBytes / 2 ** 20} MiB a file is renamed to
DIR/logs-TIME.jsonl; ${LIMITS.maxFiles} files of logs and ${LIMITS.maxFiles} of traces are kept. On a loopback address, a browser shows the
reports.

  --port PORT   0 for any free port
  --host HOST   an address that is not loopback is open to everyone who reaches it: there is no authentication
  --dir DIR     ${defaultDirectory()}
  --quiet       prints errors only
`;

/** Runs until SIGINT or SIGTERM. */
export const OPTIONS = {
  port: { type: 'string', default: '4318' },
  host: { type: 'string', default: '127.0.0.1' },
  dir: { type: 'string', default: defaultDirectory() },
  quiet: { type: 'boolean', default: false },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: OPTIONS,
  });
  const port = readPort(values.port);
  const host = readName('--host', values.host);
  const directory = resolve(readName('--dir', values.dir));
  const print = (line: string) => {
    if (!values.quiet) process.stdout.write(`${line}\n`);
  };
  const collector = await listen({
    host,
    port,
    store: await open(directory),
    onReport: (report) => print(describeReport(report)),
    onTrouble: printTrouble,
  });
  const ended = new Promise((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  if (!isLoopback(host))
    printTrouble(`open to everyone who reaches ${collector.url}: there is no authentication, and no encryption`);
  // The listeners are there before this line: its reader may end the process at once.
  print(`gmr collect: listening on ${collector.url}, storing in ${directory}`);
  if (isLoopback(host)) print(`gmr collect: open ${collector.url} in a browser to see the reports`);
  await ended;
  await collector.close();
  print(`gmr collect: ended; took ${describeCounts(collector.counts)}`);
}

function printTrouble(sentence: string): void {
  process.stderr.write(`gmr collect: ${escapeControls(sentence)}\n`);
}

function describeCounts({ reports, logRecords, spans }: Counts): string {
  return `reports: ${reports}, log records: ${logRecords}, spans: ${spans}`;
}

async function open(directory: string) {
  try {
    return await openStore(directory);
  } catch (error) {
    throw new CommandError(`--dir ${directory} cannot be used: ${(error as Error).message}`);
  }
}

async function listen(options: CollectorOptions) {
  try {
    return await startCollector(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const place = `${options.host} port ${options.port}`;
    if (code === 'EADDRINUSE') throw new CommandError(`${place} is in use, perhaps by another collector: try --port 0`);
    if (code === 'EACCES')
      throw new CommandError(`listening on ${place} is not permitted: ports below 1024 are root's`);
    throw new CommandError(`listening on ${place} failed: ${message}`);
  }
}
