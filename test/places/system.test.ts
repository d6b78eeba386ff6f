import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  INDEX,
  killAll,
  makeStateDirectory,
  type Program,
  REGISTER,
  startNode,
  startText,
  WHEN_READY,
  WHOLE,
  writeProgram,
} from '../process/start.js';

afterEach(killAll);

const APP = `setInterval(() => {}, 60_000); process.on('SIGHUP', () => process.exit(7)); console.log('up');`;
const KEPT = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
/** A namespace of its own needs privileges. */
const may = (...flags: string[]) => spawnSync('unshare', [...flags, 'true']).status === 0;

/** A program in namespaces of its own; `script` is a shell's, and ends by running what it is given. */
function startIn(flags: readonly string[], script: string, text: string, env: Record<string, string> = {}): Program {
  return startNode([...flags, 'sh', '-c', script, process.execPath, '--import', REGISTER, writeProgram(text)], {
    command: 'unshare',
    env,
  });
}

describe.skipIf(!may('--pid', '--fork', '--mount-proc'))('as PID 1 (unshare --pid)', () => {
  it('a signal that would be ignored there makes a report', async () => {
    const app = startIn(['--pid', '--fork', '--kill-child', '--mount-proc'], 'exec "$0" "$@"', APP);
    await app.untilStdout(/up/);
    const pid = Number(readFileSync(`/proc/${app.pid}/task/${app.pid}/children`, 'utf8'));
    process.kill(pid, 'SIGUSR1');
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/^process = 1$/m);
    expect(report).toMatch(/^main = idle$/m);
    expect(report).toMatch(/^os id = 1$/m);
    process.kill(pid, 'SIGHUP');
    expect((await app.ended).code).toBe(7);
  });
});

describe.skipIf(!may('--mount'))('(unshare --mount)', () => {
  it('without /proc: the stacks are there, and what the kernel would have said is not', async () => {
    const text = `${WHEN_READY} function chargeCard() { const end = Date.now() + 30_000; let n = 0; while (Date.now() < end) n += 1; return n; } console.log('up'); chargeCard();`;
    const app = startIn(['--mount'], 'mount -t tmpfs none /proc && exec "$0" "$@"', text, {
      GMR_MAX_REPORTS_PER_MINUTE: '1000',
    });
    await app.untilStdout(/up/);
    const again = setInterval(() => app.kill('SIGUSR2'), 700);
    const report = await app.untilStderr(/ in .*chargeCard[\s\S]*^gmr \w+: /m).finally(() => clearInterval(again));
    expect(report).toMatch(/^====\s+Runtime\s+====$/m);
    expect(report).not.toMatch(/\[failed/);
  });

  it('with all file systems read-only: the report goes out, and waits in memory', async () => {
    // Of this namespace's mount only: the file system itself stays as it is.
    const app = startIn(['--mount'], 'mount -o remount,bind,ro / && exec "$0" "$@"', APP, KEPT);
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    const said = await app.untilStderr(/kept in memory, tried again/);
    expect(said).toMatch(/cannot be written to \(.*\): it is sent from memory$/m);
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(7);
  });
});

describe('directories', () => {
  const NOWHERE = '/dev/null/nowhere';

  it.each([
    ['no HOME', { HOME: '' }],
    ['a HOME that cannot be written to', { HOME: NOWHERE }],
    ['a state directory that cannot be written to', { XDG_STATE_HOME: NOWHERE, HOME: NOWHERE }],
  ])('%s: reports wait in that for temporary files', async (_, env) => {
    const tmp = makeStateDirectory();
    const app = startText(APP, { env: { ...KEPT, XDG_STATE_HOME: '', TMPDIR: tmp, ...env } });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    const said = await app.untilStderr(/kept in \S+, tried again/);
    expect(said).toContain(`kept in ${tmp}/guru-meditation-${process.getuid?.()}/spool, tried again`);
  });

  it('no directory at all, not even TMPDIR: reports wait in memory, and it is said', async () => {
    const app = startText(APP, { env: { ...KEPT, XDG_STATE_HOME: '', HOME: NOWHERE, TMPDIR: NOWHERE } });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(/kept in memory, tried again/);
    expect(app.stderr()).toMatch(/cannot be written to \(.*ENOTDIR.*\): it is sent from memory$/m);
  });

  const removal = (directory: string) => `import { mkdirSync, rmdirSync } from 'node:fs';
      import { setupAutorun } from ${JSON.stringify(INDEX)};
      const armed = process.execArgv.length > 0;
      if (armed) await setupAutorun().ready;
      mkdirSync(${JSON.stringify(directory)});
      process.chdir(${JSON.stringify(directory)});
      rmdirSync(${JSON.stringify(directory)});
      await setupAutorun().ready;
      ${APP}`;

  it('a working directory that is removed changes nothing', async () => {
    const app = startText(removal(join(makeStateDirectory(), 'release-41')));
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    expect(await app.untilStderr(WHOLE)).not.toMatch(/\[failed|^gmr: /m);
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(7);
  });

  it('a working directory that is removed before the process is armed: Node starts no thread there, and it is said', async () => {
    const app = startText(removal(join(makeStateDirectory(), 'release-41')), { armed: false });
    await app.untilStdout(/up/);
    await app.untilStderr(/^gmr: the agent thread ended \(.*uv_cwd.*\)/m);
    app.kill('SIGUSR2');
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(7);
  });
});
