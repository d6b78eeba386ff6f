import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, makeStateDirectory, startNode } from '../process/start.js';

/** The embedded collector, for reports that no stderr shows. */
export interface Collector {
  /** The environment of a program that sends there. */
  readonly env: Record<string, string>;
  /** Resolves with all that is stored once `count` reports have come. */
  untilReports(count: number): Promise<string>;
}

export async function startCollector(): Promise<Collector> {
  const dir = makeStateDirectory();
  const program = startNode([CLI, 'collect', '--port', '0', '--dir', dir]);
  const said = await program.untilStdout(/listening on \S+,/);
  const url = /listening on (\S+),/.exec(said)?.[1] ?? '';
  return {
    env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url },
    async untilReports(count) {
      await program.untilStdout(new RegExp(`(?:report [0-9a-f]{32}[\\s\\S]*){${count}}`));
      return readFileSync(join(dir, 'logs.jsonl'), 'utf8');
    },
  };
}
