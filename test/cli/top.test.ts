import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../src/views/width.js';
import { succeeds } from '../faults/commands.js';
import { CLI, killAll, type Program, startNode, startText } from '../process/start.js';
import { eventually } from '../procfs/helpers.js';

const LEAVES = '\x1b[?25h\x1b[?1049l';
const hasPty = succeeds('script', ['-qec', 'true', '/dev/null']);

afterEach(killAll);

/** `gmr top` on a terminal of its own. */
async function startTop(columns = 120): Promise<Program> {
  const command = `stty cols ${columns} rows 200; exec ${process.execPath} ${CLI} top --interval 200ms`;
  return startNode(['-qfec', command, '/dev/null'], { command: 'script', env: { TERM: 'xterm' } });
}

/** Lines of the last screen. */
function screenOf(top: Program): string[] {
  const [last = ''] = top.stdout().split('\x1b[H').slice(-1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's own
  return last.replace(/\x1b\[[\d;?]*[A-Za-z]/g, '').split(/\r*\n/);
}

/** How far below the chosen row that of a service is; undefined while the screen is being drawn. */
function rowsBelow(top: Program, service: string): number | undefined {
  const lines = screenOf(top);
  const chosen = lines.findIndex((line) => line.startsWith('>'));
  const own = lines.findIndex((line) => line.includes(` ${service} `));
  const isWhole = lines.some((line) => line.startsWith('j k choose'));
  return isWhole && chosen !== -1 && own !== -1 ? own - chosen : undefined;
}

/** Other tests have processes, too, which come and go. */
async function choose(top: Program, service: string): Promise<void> {
  for (;;) {
    const { rows } = await eventually(() => {
      const below = rowsBelow(top, service);
      return below !== undefined && { rows: below };
    });
    if (rows === 0) return;
    press(top, (rows > 0 ? 'j' : 'k').repeat(Math.abs(rows)));
    // Not pressed again while those keys may have no effect yet. The rows may have changed meanwhile: then it looks anew.
    await eventually(() => rowsBelow(top, service) === 0, 5000).catch(() => {});
  }
}

function press(top: Program, keys: string): void {
  top.child.stdin?.write(keys);
}

describe.skipIf(!hasPty)('gmr top', () => {
  it('shows for how long a main thread is away from its event loop, and a report if one is asked for', async () => {
    const service = `top-${process.pid}`;
    const app = startText("setTimeout(function spinForTop() { for (;;); }, 100); console.log('up');", {
      env: { OTEL_SERVICE_NAME: service },
    });
    await app.untilStdout(/up/);
    const top = await startTop();
    const expected = new RegExp(`^>? +${app.pid} +${service} +running +[\\d.]+ s +\\d+ % +[\\d.]+ MiB +\\S`);
    const row = await eventually(() => screenOf(top).find((line) => expected.test(line)));
    expect(row.length).toBeLessThanOrEqual(120);
    expect(row).not.toContain('--import');
    await choose(top, service);
    press(top, '\r');
    await top.untilStdout(new RegExp(`service = ${service}`));
    await eventually(() => screenOf(top).some((line) => /^at = .* in .*spinForTop/.test(line)));
    press(top, 'x');
    await eventually(() => screenOf(top).some((line) => line.includes('MAIN THREAD')));
    press(top, 'q');
    expect((await top.ended).code).toBe(0);
    expect(top.stdout().trimEnd().endsWith(LEAVES)).toBe(true);
  });

  it('cuts its lines where the terminal ends, also if characters take two columns', async () => {
    const app = startText(
      `process.title = '\u65e5\u672c\u{1f680}'.repeat(40); setInterval(() => {}, 1000); console.log('up');`,
    );
    await app.untilStdout(/up/);
    // The service of another process may have a long name.
    const top = await startTop(90);
    const row = await eventually(() => screenOf(top).find((line) => line.includes(` ${app.pid} `)));
    expect(row).toContain('\u65e5');
    expect(row).not.toMatch(/\p{Cs}|\ufffd/u);
    expect(widthOf(row)).toBeLessThanOrEqual(90);
    press(top, 'q');
    await top.ended;
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves the terminal as it was: %s', async (signal) => {
    const top = await startTop(80);
    await top.untilStdout(/MAIN THREAD|no Node process/);
    const [pid = ''] = readFileSync(`/proc/${top.pid}/task/${top.pid}/children`, 'latin1').split(' ');
    process.kill(Number(pid), signal);
    await top.ended;
    expect(top.stdout().trimEnd().endsWith(LEAVES)).toBe(true);
  });
});

it('gmr top says that it needs a terminal', async () => {
  const top = startNode([CLI, 'top']);
  expect((await top.ended).code).toBe(1);
  expect(top.stderr()).toBe('gmr: this is no terminal: gmr ps lists the processes once\n');
});
