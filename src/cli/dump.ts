import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Compared, renderSamples } from '../views/comparison.js';
import { escapeJson } from '../views/escape.js';
import { type Asking, askReport } from './asked-report.js';
import { CHOICE, readChoice } from './chosen.js';
import { parseCompared } from './compared.js';
import { writeReportText } from './report-text.js';
import { watchStuck } from './stuck-watch.js';
import { tell } from './tell.js';
import { CommandError, readCount, readPause, UsageError } from './usage.js';

export const HELP = `gmr dump [-s SIGNAL] [--exact] [--short | --text | --full | --heap | --json | --samples COUNT [--interval TIME]]
         [--watch [--stuck TIME]] PID… | --service NAME | --all

Asks processes for a report and prints it here, wherever their stderr goes. The process prints one line; the report goes to
the collector as ever. A process that the signal would end, or that is not armed, gets no signal. Exits with 1 if a process
gave no report.

  -s, --signal SIGNAL   by default the first that makes a report
  --service NAME        all processes of that service here; may be repeated
  --all                 all processes that answer
  --short               the header, main's stack, suspended functions and work in flight: this is the default
  --text                the whole report, with alike things counted together
  --full                each thread, request, socket and setting, and all frames with whole paths; the timers and servers that
                        keep the process alive, with the functions that they call
  --exact               holds the main thread while its heap is read, 1 to 4 ms a MB, 5 s at most: nothing moves, and no
                        suspended function is missed in a process that is busy
  --heap                what the heap of main is full of, by class, next to the census before; 2 to 4 ms of CPU time a MB
  --json                JSON lines: the header, then a line a section
  --samples COUNT       one report after another, and what stayed and what moved
  --interval TIME       between two of them, such as 200ms or 2s; by default 500ms
  --watch               no report now, but each time a main thread is stuck: until all have ended, or Ctrl-C
  --stuck TIME          for how long it has to be away from its event loop; by default 1s

There is no socket: the question and its answer are files in a directory of the process's user, in the process's own
/dev/shm or /tmp, and are removed. Root can ask any process, one of a container as well.
`;

export const OPTIONS = {
  ...CHOICE,
  short: { type: 'boolean', default: false },
  text: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  heap: { type: 'boolean', default: false },
  exact: { type: 'boolean', default: false },
  samples: { type: 'string' },
  interval: { type: 'string' },
  json: { type: 'boolean', default: false },
  watch: { type: 'boolean', default: false },
  stuck: { type: 'string' },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const { pids, signal } = readChoice(positionals, values);
  const [format = 'short', ...others] = (['short', 'text', 'full', 'heap', 'json'] as const).filter(
    (name) => values[name],
  );
  if (others.length > 0) throw new UsageError('expected one of --short, --text, --full, --heap and --json');
  if (values.exact && format === 'heap') throw new UsageError('expected either --exact or --heap');
  const asked: Asking = { signal, format, ...(values.exact ? { exact: true } : {}) };
  const sampling = readSampling(values);
  if (sampling && format !== 'short')
    throw new UsageError('expected either --samples or --text, --full, --heap or --json');
  const print = async (pid: number): Promise<void> => {
    try {
      const content = sampling ? await sample(pid, asked, sampling) : await askReport(pid, asked);
      // It comes from another process.
      if (format === 'json') process.stdout.write(escapeJson(content));
      else writeReportText(content);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      tell('dump', error.message);
      process.exitCode = 1;
    }
  };
  if (values.watch) return watchStuck(pids, readPause('--stuck', values.stuck ?? DEFAULT_STUCK), print);
  if (values.stuck !== undefined) throw new UsageError('--stuck: expected --watch with it');
  for (const pid of pids) await print(pid);
}

interface Sampling {
  readonly count: number;
  readonly intervalMs: number;
}

const MAX_SAMPLES = 100;
const DEFAULT_INTERVAL = '500ms';
const DEFAULT_STUCK = '1s';

function readSampling({ samples, interval }: { samples?: string; interval?: string }): Sampling | undefined {
  if (samples === undefined && interval !== undefined) throw new UsageError('--interval: expected --samples with it');
  if (samples === undefined) return undefined;
  const count = readCount('--samples', samples);
  if (count < 2 || count > MAX_SAMPLES) throw new UsageError(`--samples: expected 2 to ${MAX_SAMPLES}, got ${samples}`);
  return { count, intervalMs: readPause('--interval', interval ?? DEFAULT_INTERVAL) };
}

/** Several reports, one after another, and their comparison. */
async function sample(pid: number, asked: Asking, { count, intervalMs }: Sampling): Promise<string> {
  const samples: Compared[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index > 0) await pause(intervalMs);
    samples.push(readSample(pid, await askReport(pid, { ...asked, format: 'json' })));
  }
  return renderSamples(samples);
}

function readSample(pid: number, answer: string): Compared {
  try {
    return parseCompared(answer);
  } catch {
    throw new CommandError(`${pid}: its report cannot be compared: its agent is of another version`);
  }
}
