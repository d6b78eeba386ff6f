import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { killAll, makeStateDirectory, startText, WHEN_READY, WHOLE } from '../process/start.js';
import { startCollector } from './collector.js';

afterEach(killAll);

const [major = 0] = process.versions.node.split('.').map(Number);
const PERMISSION = [major >= 24 ? '--permission' : '--experimental-permission', '--allow-fs-read=*'];
const knows = (flag: string) => process.allowedNodeEnvironmentFlags.has(flag);
const APP = `setInterval(() => {}, 60_000); process.on('SIGHUP', () => process.exit(7)); console.log('up');`;

describe("Node's permission model", () => {
  it('without --allow-worker: no report can be made, a line says why and how, and a signal harms nothing', async () => {
    const app = startText(APP, { flags: PERMISSION });
    await app.untilStdout(/up/);
    await app.untilStderr(
      /^gmr: no reports can be made, the agent thread cannot run here: .*Access to this API has been restricted.*$/m,
    );
    app.kill('SIGUSR2');
    await app.untilStderr(/^gmr: SIGUSR2 makes no report: /m);
    app.kill('SIGHUP');
    expect(await app.ended).toEqual({ code: 7, signal: null });
  });

  it('without --allow-fs-write: nothing is written, which the agent thread alone could, and it is said', async () => {
    const state = makeStateDirectory();
    const logs = join(state, 'logs');
    const app = startText(APP, {
      flags: [...PERMISSION, '--allow-worker', ...(knows('--allow-net') ? ['--allow-net'] : [])],
      env: {
        XDG_STATE_HOME: state,
        HOME: state,
        TMPDIR: state,
        GMR_LOG_DIR: logs,
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      },
    });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    const said = await app.untilStderr(/kept in memory, tried again/);
    expect(said).toMatch(
      /^gmr: Node's permission model denies writing to \S+: reports wait in memory only \(--allow-fs-write\)$/m,
    );
    expect(said).toMatch(/^gmr: Node's permission model denies writing to GMR_LOG_DIR \S+: reports go to stderr/m);
    expect(existsSync(logs)).toBe(false);
    expect(readdirSync(state)).toEqual([]);
    app.kill('SIGHUP');
    expect((await app.ended).code).toBe(7);
  });

  it('with --allow-fs-write: reports wait where it allows', async () => {
    const state = makeStateDirectory();
    const app = startText(APP, {
      flags: [
        ...PERMISSION,
        '--allow-worker',
        `--allow-fs-write=${state}/*`,
        ...(knows('--allow-net') ? ['--allow-net'] : []),
      ],
      env: { XDG_STATE_HOME: state, OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    const said = await app.untilStderr(/kept in \S+, tried again/);
    expect(said).toContain(`kept in ${join(state, 'guru-meditation', 'spool')}, tried again`);
    expect(said).not.toMatch(/denies writing/);
    expect(said).toMatch(/^note = Node's permission model denies the inspector: stacks cannot be read/m);
  });

  it.skipIf(!knows('--allow-net'))('without --allow-net: nothing is sent, and it is said', async () => {
    const collector = await startCollector();
    const app = startText(APP, { flags: [...PERMISSION, '--allow-worker'], env: collector.env });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(
      /^gmr [0-9a-f]{32}: not sent, in the text only: Node's permission model denies the network \(--allow-net\)$/m,
    );
  });

  it.skipIf(!knows('--allow-inspector'))(
    'with --allow-inspector: the report has stacks, and SIGUSR1 works',
    async () => {
      const app = startText(
        `${WHEN_READY} function chargeCard() { const end = Date.now() + 30_000; let n = 0; while (Date.now() < end) n += 1; return n; } console.log('up'); chargeCard();`,
        { flags: [...PERMISSION, '--allow-worker', '--allow-inspector'], env: { GMR_MAX_REPORTS_PER_MINUTE: '1000' } },
      );
      await app.untilStdout(/up/);
      const again = setInterval(() => app.kill('SIGUSR1'), 700);
      await app.untilStderr(/ in .*chargeCard/).finally(() => clearInterval(again));
      expect(app.stderr()).not.toMatch(/denies the inspector/);
    },
  );
});
