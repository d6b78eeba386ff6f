import { INDEX, idsIn, type Program, REGISTER, startNode } from '../process/start.js';
import { BOTH_SIGNALS, type Entry, readRssMib, visit } from './ledger.js';

/** A slow collector takes its time. */
const HEAR_MS = 120_000;

/** A server that is asked for reports while something is wrong, and by its users for pages all the time. */
export interface Shop {
  readonly program: Program;
  /** One after the other, each whole on stderr. */
  makeReports(count: number): Promise<void>;
  ids(): readonly string[];
  /** Until it has said what became of each at first, and of one of them this: under load a server may just be late. */
  hear(pattern: RegExp): Promise<void>;
  /** As its owner ends it. */
  end(): Promise<void>;
  /** kill -9 */
  crash(): Promise<void>;
  /** Ends it, if it has not ended, and draws the line. */
  leave(fault: string, countDelivered: (ids: readonly string[]) => number): Promise<Entry>;
}

const TEXT = `
  import { createServer } from 'node:http';
  import { setupAutorun } from ${JSON.stringify(INDEX)};
  const server = createServer((_, response) => response.end('served'));
  // A connection that is closed for being idle, as the next request goes out on it, would be no fault of ours.
  server.keepAliveTimeout = 0;
  await setupAutorun().ready;
  server.listen(0, '127.0.0.1', () => console.log('up ' + server.address().port + ' '));
  process.stdin.once('data', () => process.exit(7));`;

export async function openShop(env: Record<string, string>, uid?: number): Promise<Shop> {
  const program = startNode(['--import', REGISTER, '--input-type=module', '--eval', TEXT], {
    env: { ...BOTH_SIGNALS, OTEL_SERVICE_NAME: 'shop', GMR_MAX_REPORTS_PER_MINUTE: '1000', ...env },
    ...(uid === undefined ? {} : { uid }),
  });
  const [, port] = /^up (\d+) /m.exec(await program.untilStdout(/^up \d+ /m)) ?? [];
  const guest = visit(Number(port));
  const beforeMib = readRssMib(program.pid);
  let afterMib = 0;
  let made = 0;
  const end = async () => {
    if (program.child.exitCode !== null || program.child.signalCode !== null) return;
    await guest.leave();
    afterMib = readRssMib(program.pid);
    program.child.stdin?.write('x');
    await program.ended;
  };
  return {
    program,
    async makeReports(count) {
      for (let n = 0; n < count; n += 1) {
        made += 1;
        program.kill();
        await program.untilStderr(/^====\s+Runtime\s+====$[\s\S]*?^resource usage/m, made);
      }
    },
    ids: () => idsIn(program.stderr()),
    async hear(pattern) {
      await program.untilStderr(pattern, 1, HEAR_MS);
      for (const id of idsIn(program.stderr())) await program.untilStderr(new RegExp(`^gmr ${id}: `, 'm'), 1, HEAR_MS);
    },
    end,
    async crash() {
      program.kill('SIGKILL');
      await program.ended;
      await guest.leave();
    },
    async leave(fault, countDelivered) {
      await end();
      const { code, signal } = await program.ended;
      const ids = idsIn(program.stderr());
      const delivered = countDelivered(ids);
      const { answered, asked, slowestMs } = guest.counts();
      return {
        fault,
        made: ids.length,
        delivered,
        lost: ids.length - delivered,
        asked,
        unanswered: asked - answered,
        slowestMs,
        rssMib: `${beforeMib} to ${afterMib}`,
        end: signal ?? `exit code ${code}`,
      };
    },
  };
}
