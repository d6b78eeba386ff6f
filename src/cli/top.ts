import { parseArgs } from 'node:util';
import { deferred } from '../deferred.js';
import { showDuration } from '../views/duration.js';
import { escapeControls } from '../views/escape.js';
import { showBytes } from '../views/key-values.js';
import { renderTable } from '../views/table.js';
import { cutToWidth } from '../views/width.js';
import { askReport } from './asked-report.js';
import { GLANCE_MS, type MainState, MainWatch } from './main-watch.js';
import { createMask } from './mask.js';
import { confirmedService, hideRegister, listNodeProcesses, type NodeProcess } from './node-processes.js';
import { answers } from './signal-effect.js';
import { openScreen, type Screen } from './terminal.js';
import { readPause, UsageError } from './usage.js';

const DEFAULT_INTERVAL = '1s';
const SHORTEST_MS = 100;

export const HELP = `gmr top [--interval TIME] [--all]

The Node processes of this machine that answer with a report, and what the main thread of each does, again and again: its
state as the kernel sees it, for how long it has been away from its event loop, and CPU and memory of the process. Looking
costs a process nothing.

  --interval TIME   between two looks, by default ${DEFAULT_INTERVAL}
  --all             also the processes that do not answer

  j k, arrows   choose a process
  Enter         asks it for a report, and shows that; any key comes back
  q             ends
`;

export const OPTIONS = {
  interval: { type: 'string', default: DEFAULT_INTERVAL },
  all: { type: 'boolean', default: false },
} as const;

/** A line of the table. */
interface Row {
  readonly one: NodeProcess;
  readonly main: MainState;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const intervalMs = readPause('--interval', values.interval);
  if (intervalMs < SHORTEST_MS)
    throw new UsageError(`--interval: expected ${SHORTEST_MS}ms or more, got ${values.interval}`);
  const top = new Top(values.all);
  // The first look comes before the terminal is taken: without /proc it throws.
  top.look();
  await top.show(intervalMs);
}

class Top {
  readonly #isAll: boolean;
  readonly #watches = new Map<string, MainWatch>();
  readonly #mask: (text: string) => string;
  #rows: readonly Row[] = [];
  #chosen = 0;
  /** The report that is shown in place of the table, line by line. */
  #report: readonly string[] | undefined;
  #note = '';

  constructor(isAll: boolean) {
    this.#isAll = isAll;
    this.#mask = createMask();
  }

  /** Looks at each process once more. */
  look(): void {
    const all = listNodeProcesses();
    const shown = this.#isAll ? all : all.filter(answers);
    const rows = shown.flatMap((one) => {
      const watch = this.#watches.get(keyOf(one)) ?? new MainWatch(one.pid);
      this.#watches.set(keyOf(one), watch);
      const main = watch.look();
      return main ? [{ one, main }] : [];
    });
    const seen = new Set(rows.map(({ one }) => keyOf(one)));
    for (const key of this.#watches.keys()) if (!seen.has(key)) this.#watches.delete(key);
    const chosenPid = this.#rows[this.#chosen]?.one.pid;
    const index = rows.findIndex(({ one }) => one.pid === chosenPid);
    this.#rows = rows;
    this.#chosen = index === -1 ? Math.max(0, Math.min(this.#chosen, rows.length - 1)) : index;
  }

  /** Until `q`. */
  async show(intervalMs: number): Promise<void> {
    const ended = deferred<void>();
    const screen: Screen = openScreen(
      (key) => this.#press(key, screen, () => ended.resolve()),
      () => this.#draw(screen),
    );
    const looks = setInterval(() => {
      this.look();
      this.#draw(screen);
    }, intervalMs);
    const glances = setInterval(() => {
      for (const watch of this.#watches.values()) watch.glance();
    }, GLANCE_MS);
    try {
      this.#draw(screen);
      await ended.promise;
    } finally {
      clearInterval(looks);
      clearInterval(glances);
      screen.close();
    }
  }

  #press(key: string, screen: Screen, end: () => void): void {
    if (key === 'ctrl-c' || (key === 'q' && !this.#report)) end();
    else if (this.#report) this.#report = undefined;
    else if (key === 'j' || key === 'down')
      this.#chosen = Math.min(this.#chosen + 1, Math.max(0, this.#rows.length - 1));
    else if (key === 'k' || key === 'up') this.#chosen = Math.max(this.#chosen - 1, 0);
    else if (key === 'return' || key === 'enter') void this.#ask(screen);
    this.#draw(screen);
  }

  async #ask(screen: Screen): Promise<void> {
    const row = this.#rows[this.#chosen];
    if (!row || this.#note !== '') return;
    this.#note = `asking ${row.one.pid} …`;
    this.#draw(screen);
    try {
      this.#report = (await askReport(row.one.pid, { signal: undefined, format: 'short' })).split('\n');
    } catch (error) {
      this.#report = [(error as Error).message];
    }
    this.#note = '';
    this.#draw(screen);
  }

  #draw(screen: Screen): void {
    const { columns, rows } = screen;
    const foot = this.#report ? 'any key comes back' : this.#note || 'j k choose   Enter asks for a report   q ends';
    const lines = this.#report ? skipBanner(this.#report) : this.#table(rows - 2);
    const room = Math.max(0, rows - 1);
    const cut = lines.slice(0, room).map((line) => cutToWidth(escapeControls(line), columns));
    const chosen = this.#report || this.#rows.length === 0 ? -1 : cut.findIndex((line) => line.startsWith('>'));
    const painted = cut.map((line, index) => (index === chosen ? `\x1b[7m${line}\x1b[0m` : line));
    screen.draw([
      ...painted,
      ...Array<string>(room - cut.length).fill(''),
      `\x1b[2m${cutToWidth(foot, columns)}\x1b[0m`,
    ]);
  }

  #table(room: number): readonly string[] {
    // The chosen one is always seen.
    const first = Math.max(0, this.#chosen - room + 1);
    const cells = this.#rows
      .slice(first, first + room)
      .map(({ one, main }, index) => [
        first + index === this.#chosen ? '>' : '',
        String(one.pid),
        this.#mask(confirmedService(one) ?? '?'),
        main.state,
        main.forMs === undefined ? '' : showDuration(main.forMs),
        `${main.cpuPercent} %`,
        main.rssBytes === undefined ? '?' : showBytes(main.rssBytes),
        hideRegister(this.#mask(one.command)),
      ]);
    if (cells.length === 0) return [`no Node process ${this.#isAll ? 'is visible' : 'answers'}`];
    const headings = ['', 'PID', 'SERVICE', 'MAIN THREAD', 'FOR', 'CPU', 'MEMORY', 'COMMAND'];
    return renderTable([headings, ...cells], [1, 4, 5, 6])
      .trimEnd()
      .split('\n');
  }
}

/** Pids are used again. */
function keyOf({ pid, startedMs }: NodeProcess): string {
  return `${pid} ${startedMs}`;
}

/** The banner of a report takes a quarter of a small screen. */
function skipBanner(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => line.startsWith('report = '));
  return start === -1 ? lines : lines.slice(start);
}
