import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDelivery } from '../export/delivery.js';
import { openSpool } from '../export/spool.js';
import { readTarget } from '../export/target.js';
import { createRedactor } from '../redact.js';
import { readSettings } from '../settings.js';
import { findSpoolDirectory } from '../state-directory.js';
import { CommandError, UsageError } from './usage.js';

export const HELP = `gmr replay [DIR] [--refused]

Sends the reports that wait in a spool, of processes that have ended, to where OTEL_EXPORTER_OTLP_ENDPOINT says (and the
other OTEL_* variables). What a collector takes is gone from the spool, what it refuses for good is in DIR/refused, with
the reason; the rest waits on. Exits with 1 when one was not taken.

  DIR         ${findSpoolDirectory(process.env.GMR_SPOOL_DIR ?? null) ?? '(GMR_SPOOL_DIR=none)'}
  --refused   also what is in DIR/refused: once a token or an address has been mended
`;

/** Nothing is dropped by a replay: the process that writes has the bound. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const CLOSE_MS = 1000;

export async function run(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    options: { refused: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new UsageError(`expected one directory, got ${positionals.join(' ')}`);
  const [given] = positionals;
  const directory = given === undefined ? findSpoolDirectory(process.env.GMR_SPOOL_DIR ?? null) : resolve(given);
  if (directory === undefined) throw new UsageError('GMR_SPOOL_DIR=none: expected a directory');
  const mask = createRedactor({ secretNames: readSettings({}, process.env).settings.secretNames, declared: {} }).text;
  const targets = (['logs', 'traces'] as const).map((signal) => readTarget(signal, process.env, mask));
  const urls = targets.flatMap((target) => (target.kind === 'on' ? [target.shownUrl] : []));
  const [target] = targets;
  if (urls.length === 0) throw new CommandError(`nothing can be sent: ${target?.kind === 'off' ? target.reason : ''}`);
  const tell = (line: string) => void process.stdout.write(`${line}\n`);
  const delivery = createDelivery({
    resource: { service: 'gmr', argv: [] },
    version: readVersion(),
    mask,
    say: tell,
    counters: { addUndelivered: () => {}, addWaiting: () => {} },
    restMs: 0,
    spool: openSpool({ directory, maxBytes: NO_BOUND, maxAgeMs: NO_BOUND, tell }),
  });
  const outcomes = await adopt(delivery, directory, values.refused);
  const told = await Promise.all(outcomes);
  const taken = told.filter((fate) => fate.taken).length;
  await delivery.close(CLOSE_MS);
  tell(`gmr replay: ${outcomes.length} found in ${directory}, ${taken} taken by ${urls.join(' and ')}`);
  if (taken < outcomes.length) process.exitCode = 1;
}

async function adopt(delivery: ReturnType<typeof createDelivery>, directory: string, refused: boolean) {
  try {
    if (refused) await delivery.restore();
    return await delivery.adopt(undefined);
  } catch (error) {
    throw new CommandError(`${directory} cannot be used: ${(error as Error).message}`);
  }
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
