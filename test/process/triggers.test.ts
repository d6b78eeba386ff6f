import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { INDEX, idsIn, killAll, type Program, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'triggers-'));
const WHOLE = /^resource usage/m;
let runs = 0;

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function startShop(env: Record<string, string>) {
  const app = startText(
    `import { existsSync, rmSync } from 'node:fs';
     import { setupAutorun } from ${JSON.stringify(INDEX)};
     setInterval(() => {}, 1000);
     function spinForAWhile(file) { console.log('stuck'); while (!existsSync(file)); rmSync(file); }
     process.stdin.on('data', (file) => spinForAWhile(String(file)));
     await setupAutorun().ready; console.log('up');`,
    { env: { GMR_FILE_TRIGGER_INTERVAL_MS: '20', GMR_MAX_REPORTS_PER_MINUTE: '100', ...env } },
  );
  await app.untilStdout(/up/);
  return app;
}

function newPath(): string {
  runs += 1;
  return join(root, `trigger-${runs}`);
}

let clock = Math.floor(Date.now() / 1000);
function touch(path: string): void {
  clock += 10;
  utimesSync(path, clock, clock);
}

describe('the file trigger', () => {
  it('makes a report when the file comes to be, is touched, is replaced, and after it was deleted', async () => {
    const path = newPath();
    const app = await startShop({ GMR_FILE_TRIGGER: path });
    writeFileSync(path, '');
    expect(await app.untilStderr(WHOLE, 1)).toContain(`trigger = file ${path}\n`);
    touch(path);
    await app.untilStderr(WHOLE, 2);
    writeFileSync(`${path}.new`, '');
    renameSync(`${path}.new`, path);
    await app.untilStderr(WHOLE, 3);
    rmSync(path);
    writeFileSync(path, '');
    await app.untilStderr(WHOLE, 4);
    expect(app.child.exitCode).toBeNull();
  });

  it('works while the event loop is blocked', async () => {
    const path = newPath();
    const app = await startShop({ GMR_FILE_TRIGGER: path });
    app.child.stdin?.write(newPath());
    await app.untilStdout(/stuck/);
    writeFileSync(path, '');
    expect(await app.untilStderr(WHOLE)).toMatch(/^main = running JavaScript( for .*)?$/m);
  });

  it('takes a directory', async () => {
    const path = newPath();
    mkdirSync(path);
    const app = await startShop({ GMR_FILE_TRIGGER: path });
    touch(path);
    await app.untilStderr(WHOLE);
  });

  it.each([
    ['the spool', 'GMR_SPOOL_DIR'],
    ['the directory of reports', 'GMR_LOG_DIR'],
  ])('that is %s is refused: each report would be the trigger of the next one', async (_, variable) => {
    const path = newPath();
    const app = await startShop({ GMR_FILE_TRIGGER: path, [variable]: path });
    await app.untilStderr(/^gmr: GMR_FILE_TRIGGER \S+ is not watched: it is .*, which every report touches$/m);
  });

  it('that is not on a local file system is refused: a look at it might never return', async () => {
    const app = await startShop({ GMR_FILE_TRIGGER: '/proc/self/status' });
    await app.untilStderr(/^gmr: GMR_FILE_TRIGGER \S+ is not watched: \S+ is on a file system of type proc$/m);
  });
});

/** The ids of the reports of stalls in `spinForAWhile`: on a busy machine main may be late at other places as well. */
function spinsIn(text: string): readonly string[] {
  const reports = text
    .split(/^====\s+Guru Meditation\s+====$/m)
    .filter((report) => /^trigger = stall of 300 ms$/m.test(report));
  return reports.filter((report) => /in spinForAWhile$/m.test(report)).flatMap((report) => idsIn(report));
}

/** Holds main up until the report of it is there. */
async function stall(app: Program, count: number): Promise<void> {
  const path = newPath();
  app.child.stdin?.write(path);
  await expect.poll(() => spinsIn(app.stderr()).length, { timeout: 90_000 }).toBe(count);
  writeFileSync(path, '');
  const id = spinsIn(app.stderr())[count - 1];
  await app.untilStderr(new RegExp(`^gmr ${id}: the event loop turns again; it had not for \\d`, 'm'));
}

describe('the stall trigger', () => {
  it('makes one report a stall, with the stack during it, and says how long it lasted', async () => {
    const app = await startShop({ GMR_STALL_MS: '300' });
    for (let n = 1; n <= 2; n += 1) await stall(app, n);
    expect(spinsIn(app.stderr())).toHaveLength(2);
  });

  it('makes none of a process that was stopped as a whole', async () => {
    const app = await startShop({ GMR_STALL_MS: '3000' });
    app.kill('SIGSTOP');
    // Not a wait for something: this is the stop itself, longer than a stall may last.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    app.kill('SIGCONT');
    app.child.stdin?.write(newPath());
    await app.untilStderr(/in spinForAWhile$/m);
    expect([...app.stderr().matchAll(/^trigger = stall/gm)]).toHaveLength(1);
  });
});
