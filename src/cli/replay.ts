import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfigFile } from '../export/config-file/read.js';
import { Delivery } from '../export/delivery.js';
import { Spool } from '../export/spool/spool.js';
import { listTargets } from '../export/target.js';
import { findSpoolDirectory } from '../state-directory.js';
import { VERSION } from '../version.js';
import { createMask } from './mask.js';
import { CommandError, UsageError } from './usage.js';

export const HELP = `gmr replay [DIR] [--refused]

Sends the reports that ended processes have left in a spool to OTEL_EXPORTER_OTLP_ENDPOINT (the other OTEL_* variables
count too). A report that a collector takes is deleted from the spool; one that it refuses for good is moved to
DIR/refused, with the reason; the others stay. Exits with 1 if DIR does not exist or a report was not taken.

  DIR         ${findSpoolDirectory(process.env.GMR_SPOOL_DIR ?? null) ?? '(GMR_SPOOL_DIR=none)'}
  --refused   also the reports in DIR/refused: after a wrong token or address was corrected
`;

/** A replay drops nothing: the process that writes keeps to the bounds. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const CLOSE_MS = 1000;

export const OPTIONS = { refused: { type: 'boolean', default: false } } as const;

export async function run(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    options: OPTIONS,
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new UsageError(`expected one directory, got ${positionals.join(' ')}`);
  const [given] = positionals;
  const directory = given === undefined ? findSpoolDirectory(process.env.GMR_SPOOL_DIR ?? null) : resolve(given);
  if (directory === undefined) throw new UsageError('GMR_SPOOL_DIR=none: expected a directory');
  if (!existsSync(directory)) throw new CommandError(`there is no ${directory}`);
  const mask = createMask();
  const { parseConfigFile } = await import('../export/config-file/parse.js');
  const { declared, problem } = readConfigFile(process.env, process.cwd(), () => parseConfigFile);
  const targets = listTargets({ environment: process.env, file: declared }, mask);
  const urls = targets.flatMap((target) => (target.kind === 'on' ? [target.shownUrl] : []));
  const [target] = targets;
  if (urls.length === 0) throw new CommandError(`nothing can be sent: ${target?.kind === 'off' ? target.reason : ''}`);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const delivery = new Delivery({
    resource: { service: 'gmr', argv: [] },
    version: VERSION,
    mask,
    say: print,
    counters: { addUndelivered: () => {}, addWaiting: () => {} },
    breakMs: 0,
    declared,
    problems: problem === undefined ? [] : [problem],
    spool: new Spool({ directory, maxBytes: NO_BOUND, maxAgeMs: NO_BOUND, tell: print }),
  });
  const outcomes = await adopt(delivery, directory, values.refused);
  const results = await Promise.all(outcomes);
  const taken = results.filter((result) => result.taken).length;
  await delivery.close(CLOSE_MS);
  print(`gmr replay: ${outcomes.length} found in ${directory}, ${taken} taken by ${urls.join(' and ')}`);
  if (taken < outcomes.length) process.exitCode = 1;
}

async function adopt(delivery: Delivery, directory: string, refused: boolean) {
  try {
    if (refused) await delivery.restore();
    return await delivery.adopt(undefined);
  } catch (error) {
    throw new CommandError(`${directory} cannot be used: ${(error as Error).message}`);
  }
}
