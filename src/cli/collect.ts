import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type { Counts } from '../collector/arrivals.js';
import { describeReport } from '../collector/describe.js';
import { defaultDirectory } from '../collector/directory.js';
import type { Address } from '../collector/listening.js';
import { isLoopback } from '../collector/origin.js';
import { type CollectorOptions, startCollector } from '../collector/server.js';
import { LIMITS, openStore } from '../collector/store.js';
import { Tls } from '../collector/tls.js';
import { readToken, withToken } from '../collector/viewer/access.js';
import { tell } from './tell.js';
import { CommandError, readCount, readName, readPort, UsageError } from './usage.js';
import { createProcesses } from './viewer-processes.js';

export const HELP = `gmr collect [--port 4318] [--host 127.0.0.1] [--viewer HOST:PORT] [--allow-kill] [--dir DIR] [--files N]
            [--tls-cert FILE --tls-key FILE] [--quiet]

Takes OTLP/HTTP logs and traces, in JSON or protobuf (also gzip), on /v1/logs and /v1/traces, stores each request as a
line of DIR/logs.jsonl or DIR/traces.jsonl, and prints one line for each report. At ${LIMITS.maxFileBytes / 2 ** 20} MiB a file is renamed to
DIR/logs-TIME.jsonl. A browser shows the reports: at the address that is printed, which has a token.

  --port PORT          0 for any free port
  --host HOST          an address that is not loopback is open to everyone who reaches it: senders need no token
  --viewer HOST:PORT   shows the reports there, and not on the receiver's port; also on an address that is not loopback
  --allow-kill         the viewer can ask this user's processes for a report, if it is on a loopback address
  --dir DIR            ${defaultDirectory()}
  --files N            keeps N files of logs and N of traces, ${LIMITS.maxFiles} by default
  --tls-cert FILE      TLS for senders and pages: the certificate and its chain in PEM; a renewed file is taken in seconds
  --tls-key FILE       its key in PEM, without a passphrase
  --quiet              prints errors only

The token is a new one at each start, or what GMR_VIEWER_TOKEN says.
`;

export const OPTIONS = {
  port: { type: 'string', default: '4318' },
  host: { type: 'string', default: '127.0.0.1' },
  viewer: { type: 'string' },
  'allow-kill': { type: 'boolean', default: false },
  dir: { type: 'string', default: defaultDirectory() },
  files: { type: 'string', default: String(LIMITS.maxFiles) },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  quiet: { type: 'boolean', default: false },
} as const;

/** Runs until SIGINT or SIGTERM. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: OPTIONS,
  });
  const port = readPort('--port', values.port);
  const host = readName('--host', values.host);
  const viewer = values.viewer === undefined ? undefined : readAddress(values.viewer);
  if (values['allow-kill'] && !isLoopback(viewer?.host ?? host))
    throw new UsageError('--allow-kill: expected a viewer on a loopback address');
  const directory = resolve(readName('--dir', values.dir));
  const maxFiles = readCount('--files', values.files);
  if (maxFiles < 1) throw new UsageError('--files: expected 1 or more');
  const tls = await readTls(values['tls-cert'], values['tls-key']);
  // Most memory of 100,000 reports is kept for good. With this flag V8 takes 20 MiB less for short-lived objects.
  setFlagsFromString('--optimize-for-size');
  // The space for new objects stays small: most of them are kept, and would be copied twice.
  setFlagsFromString('--semi-space-growth-factor=1');
  const token = readToken(process.env);
  const print = (line: string) => {
    if (!values.quiet) process.stdout.write(`${line}\n`);
  };
  const collector = await listen({
    host,
    port,
    viewer,
    token,
    tls,
    processes: createProcesses(values['allow-kill']),
    store: await open(directory, maxFiles),
    onReport: (report) => print(describeReport(report)),
    onTrouble: (sentence) => tell('collect', sentence),
  });
  const ended = new Promise((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  if (!isLoopback(host))
    tell(
      'collect',
      `open to everyone who reaches ${collector.url}: there is no authentication${tls ? '' : ', and no encryption'}`,
    );
  if (viewer && !tls && !isLoopback(viewer.host))
    tell('collect', `the token is all that guards ${collector.viewerUrl}: there is no encryption`);
  // The listeners are there before this line: its reader may end the process at once.
  print(`gmr collect: listening on ${collector.url}, storing in ${directory}`);
  if (collector.viewerUrl)
    print(`gmr collect: open ${withToken(collector.viewerUrl, token)} in a browser to see the reports`);
  await ended;
  await collector.close();
  print(`gmr collect: ended; took ${describeCounts(collector.counts)}`);
}

function describeCounts({ reports, logRecords, spans }: Counts): string {
  return `reports: ${reports}, log records: ${logRecords}, spans: ${spans}`;
}

async function readTls(cert: string | undefined, key: string | undefined): Promise<Tls | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UsageError(`--tls-${cert === undefined ? 'key' : 'cert'}: expected both --tls-cert and --tls-key`);
  try {
    return await Tls.read({ cert: readName('--tls-cert', cert), key: readName('--tls-key', key) });
  } catch (error) {
    throw error instanceof UsageError ? error : new CommandError((error as Error).message);
  }
}

async function open(directory: string, maxFiles: number) {
  try {
    return await openStore(directory, { ...LIMITS, maxFiles });
  } catch (error) {
    throw new CommandError(`--dir ${directory} cannot be used: ${(error as Error).message}`);
  }
}

async function listen(options: CollectorOptions) {
  try {
    return await startCollector(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const place = options.viewer
      ? `${options.host} port ${options.port} or ${options.viewer.host} port ${options.viewer.port}`
      : `${options.host} port ${options.port}`;
    if (code === 'EADDRINUSE') throw new CommandError(`${place} is in use, perhaps by another collector: try --port 0`);
    if (code === 'EACCES')
      throw new CommandError(`listening on ${place} is not permitted: ports below 1024 are root's`);
    throw new CommandError(`listening on ${place} failed: ${message}`);
  }
}

/** `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`. @throws UsageError */
function readAddress(text: string): Address {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new UsageError(`--viewer: expected HOST:PORT, got ${JSON.stringify(text)}`);
  return { host, port: readPort('--viewer', port) };
}
