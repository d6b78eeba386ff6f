import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { canBe } from '../faults/other-user.js';
import { CLI, INDEX, idsIn, killAll, type Program, startNode, startText, WHOLE } from '../process/start.js';
import { eventually } from '../procfs/helpers.js';

const directory = mkdtempSync(join(tmpdir(), 'kill-'));
/** Of this run alone: on this machine others run their services. */
const SERVICE = `shop-${process.pid}`;

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function gmr(...args: string[]) {
  const command = startNode([CLI, ...args]);
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

const LISTENING = `import { setupAutorun } from ${JSON.stringify(INDEX)};
  setInterval(() => {}, 1000); await setupAutorun(OPTIONS).ready; console.log('up');`;

async function start(
  options: { env?: Record<string, string>; code?: object; flags?: string[] } = {},
): Promise<Program> {
  const app = startText(LISTENING.replace('OPTIONS', JSON.stringify(options.code ?? {})), {
    env: { OTEL_SERVICE_NAME: SERVICE, ...options.env },
    ...(options.flags ? { flags: options.flags } : {}),
  });
  await app.untilStdout(/up/);
  return app;
}

async function startUnarmed(text = ''): Promise<Program> {
  const app = startText(`${text}; setInterval(() => {}, 1000); console.log('up');`, {
    armed: false,
    env: { OTEL_SERVICE_NAME: SERVICE },
  });
  await app.untilStdout(/up/);
  return app;
}

const stateOf = (pid: number) => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

async function stop(app: Program): Promise<void> {
  app.kill('SIGSTOP');
  await eventually(() => stateOf(app.pid) === 'T');
}

describe('gmr ps', () => {
  it('shows the processes that answer, with their signals and states, and no others', async () => {
    const [both, one, stopped, none, unarmed] = await Promise.all([
      start(),
      start({ env: { GMR_SIGNALS: 'SIGUSR2,SIGHUP' } }),
      start({ env: { OTEL_SERVICE_NAME: '', OTEL_RESOURCE_ATTRIBUTES: `service.name=${SERVICE}` } }),
      start({ env: { GMR_SIGNALS: 'none' } }),
      startUnarmed(),
    ]);
    await stop(stopped);
    const { code, stdout } = await gmr('ps');
    expect(code).toBe(0);
    const line = ({ pid }: Program) =>
      new RegExp(`^ *${pid}  .*$`, 'm').exec(stdout)?.[0].trim().split(/ {2,}/).filter(Boolean);
    expect(line(both)).toEqual([
      `${both.pid}`,
      expect.any(String),
      SERVICE,
      'SIGUSR1,SIGUSR2',
      expect.stringMatching(/s$/),
      // On a busy machine it may be at its timer.
      expect.stringMatching(/^(sleeping|running)$/),
      expect.stringContaining('.mjs'),
    ]);
    expect(line(one)?.slice(2, 4)).toEqual([SERVICE, 'SIGUSR2,SIGHUP']);
    expect(line(stopped)?.slice(2, 6)).toEqual([SERVICE, 'SIGUSR1,SIGUSR2', expect.any(String), 'stopped']);
    expect([line(none), line(unarmed)]).toEqual([undefined, undefined]);
  });

  it('shows with --all the effect of a signal on the others, in JSON', async () => {
    const [unarmed, handled] = await Promise.all([startUnarmed(), startUnarmed("process.on('SIGUSR2', () => {})")]);
    const rows = (await gmr('ps', '--all', '--json')).stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    const row = ({ pid }: Program) => rows.find((one) => one.pid === pid);
    expect(row(unarmed)).toMatchObject({
      armed: false,
      service: SERVICE,
      signals: [],
      otherwise: { SIGUSR1: "would open its debugger's port", SIGUSR2: 'would end it' },
    });
    expect(row(handled).otherwise.SIGUSR2).toBe("would run the program's own handler");
  });

  it('follows the settings: signals that are set later, and none after close', async () => {
    const app = startText(
      `import { setupAutorun } from ${JSON.stringify(INDEX)};
       setInterval(() => {}, 1000); let autorun = setupAutorun({ signals: ['SIGUSR2'] }); await autorun.ready; console.log('up');
       process.stdin.once('data', async () => { setupAutorun({ signals: ['SIGHUP'] });
         process.stdin.once('data', async () => { await autorun.close(); console.log('closed'); }); });`,
      { armed: false },
    );
    await app.untilStdout(/up/);
    const signals = async () => {
      const { stdout } = await gmr('ps', '--json', '--all');
      const line = stdout.split('\n').find((text) => text.includes(`"pid":${app.pid},`)) ?? '{}';
      return JSON.parse(line).signals as string[];
    };
    expect(await signals()).toEqual(['SIGUSR2']);
    app.child.stdin?.write('x');
    await expect.poll(signals, { timeout: 90_000 }).toEqual(['SIGHUP']);
    app.child.stdin?.write('x');
    await app.untilStdout(/closed/);
    expect(await signals()).toEqual([]);
  });

  it('masks the secrets of command lines, and shows no service that is set in code', async () => {
    const named = await start({ code: { package: { product: `in-code-${SERVICE}` } }, env: { OTEL_SERVICE_NAME: '' } });
    const app = startText(LISTENING.replace('OPTIONS', ''), { flags: ['--title=x --password=hidden-value-1'] });
    await app.untilStdout(/up/);
    const { stdout, stderr } = await gmr('ps');
    expect(stdout).toMatch(new RegExp(`^ *${named.pid} +\\S+ +\\? +SIGUSR1`, 'm'));
    expect(stderr).toMatch(/the service of \d+ is unknown/);
    expect(stdout).toMatch(/--password=\*\*\*/);
    expect(stdout).not.toMatch(/hidden-value-1/);
    const killed = await gmr('kill', '--dry-run', '--service', `in-code-${SERVICE}`);
    expect(killed).toEqual({ code: 0, stdout: `${named.pid}: SIGUSR1\n`, stderr: '' });
  });
});

describe('gmr kill', () => {
  it('signals the processes of a service, a stopped one too, and no others', async () => {
    const [one, other, stopped, foreign, unarmed] = await Promise.all([
      start(),
      start({ env: { GMR_SIGNALS: 'SIGUSR2' } }),
      start(),
      start({ env: { OTEL_SERVICE_NAME: `${SERVICE}-not` } }),
      startUnarmed(),
    ]);
    await stop(stopped);
    const { code, stdout, stderr } = await gmr('kill', '--service', SERVICE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        `${one.pid} ${SERVICE}: SIGUSR1`,
        `${other.pid} ${SERVICE}: SIGUSR2`,
        `${stopped.pid} ${SERVICE}: SIGUSR1; it is stopped, and answers when it is continued: kill -CONT ${stopped.pid}`,
        'gmr kill: 3 signalled, 0 not',
      ].sort(),
    );
    await Promise.all([one, other].map((app) => app.untilStderr(WHOLE)));
    expect(stopped.stderr()).toBe('');
    stopped.kill('SIGCONT');
    await stopped.untilStderr(WHOLE);
    expect(foreign.stderr()).toBe('');
    expect(unarmed.child.exitCode).toBeNull();
  });

  it('refuses a process that the signal would end, or that would not hear it, and gives the reason', async () => {
    const [armed, unarmed, handled] = await Promise.all([
      start({ env: { GMR_SIGNALS: 'SIGUSR2' } }),
      startUnarmed(),
      startUnarmed("process.on('SIGUSR2', () => console.log('hit'))"),
    ]);
    const sleeping = startNode([
      '-e',
      "require('child_process').spawn('sleep', ['300']).on('spawn', function () { console.log(this.pid) })",
    ]);
    const sleep = Number(await sleeping.untilStdout(/\d+\n/));
    const ended = startNode(['-e', '']);
    await ended.ended;
    const refusals: [string[], RegExp][] = [
      [
        ['-s', 'USR1', `${armed.pid}`],
        /it makes no report for SIGUSR1, which would open its debugger's port; SIGUSR2 would make one$/,
      ],
      [[`${unarmed.pid}`], /it is not armed: SIGUSR1 would open its debugger's port$/],
      [['-s', 'SIGUSR2', `${unarmed.pid}`], /it is not armed: SIGUSR2 would end it$/],
      [['-s', 'usr2', `${handled.pid}`], /it is not armed: SIGUSR2 would run the program's own handler$/],
      [[`${sleep}`], /it is not a Node.js process that is armed: SIGUSR1 would end it$/],
      [[`${ended.pid}`], /there is no such process$/],
    ];
    for (const [args, why] of refusals) {
      const { code, stdout } = await gmr('kill', ...args);
      expect(code).toBe(1);
      expect(stdout.trim()).toMatch(why);
    }
    process.kill(sleep, 'SIGKILL');
    expect(handled.stdout()).not.toMatch(/hit/);
    for (const { child } of [armed, unarmed, handled]) expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    const mixed = await gmr('kill', `${armed.pid}`, `${unarmed.pid}`, `${armed.pid}`);
    expect(mixed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^gmr kill: 1 signalled, 1 not$/m) });
    await armed.untilStderr(WHOLE);
  });

  it('refuses a zombie', async () => {
    const parent = startNode([
      '-e',
      "process.stdin.pause(); const c = require('child_process').spawn('/bin/sh', ['-c', 'exit']); c.on('spawn', () => { console.log(c.pid); for (;;); })",
    ]);
    const zombie = Number(await parent.untilStdout(/\d+\n/));
    await eventually(() => stateOf(zombie) === 'Z');
    expect((await gmr('kill', `${zombie}`)).stdout).toMatch(/not signalled: it has ended \(zombie\)$/m);
  });

  it('says that another user’s process may not be signalled', async ({ skip }) => {
    if (!canBe(65_534)) skip('only root can become another user, who must be able to read this package');
    chmodSync(directory, 0o755);
    const app = await start();
    const command = startText(
      `process.setgid(65534); process.setuid(65534); process.argv.splice(1, 1); process.argv.splice(1, 0, 'gmr', 'kill', '${app.pid}');
       process.argv.length = 4; await import(${JSON.stringify(CLI)});`,
      { armed: false },
    );
    const { code } = await command.ended;
    expect({ code, stdout: command.stdout() }).toEqual({
      code: 1,
      stdout: `${app.pid}: not signalled: this user may not signal it: it belongs to root\n`,
    });
    expect(app.stderr()).toBe('');
  });

  it('sends nothing in a dry run, and otherwise keeps to the rate', async () => {
    const apps = await Promise.all([start(), start(), start()]);
    const dry = await gmr('kill', '--all', '--dry-run');
    // Of the others on this machine one may be about to end.
    for (const { pid } of apps) expect(dry.stdout).toMatch(new RegExp(`^${pid} ${SERVICE}: SIGUSR1$`, 'm'));
    expect(dry.stdout).toMatch(/^gmr kill: \d+ would be signalled, \d+ not$/m);
    const startMs = performance.now();
    await gmr('kill', '--rate', '2', '--service', SERVICE);
    // Two pauses of 500 ms: never less.
    expect(performance.now() - startMs).toBeGreaterThan(1000);
    await Promise.all(apps.map((app) => app.untilStderr(WHOLE)));
    for (const app of apps) expect(idsIn(app.stderr())).toHaveLength(1);
  });

  it.each([
    [['kill'], /^gmr: expected either PIDs, --service NAME or --all\n$/],
    [['kill', '--all', '1'], /^gmr: expected either PIDs, --service NAME or --all\n$/],
    [['kill', '0'], /^gmr: "0" is not a process id: expected 1 to 4194304\n$/],
    [['kill', '--', '-1'], /^gmr: "-1" is not a process id/],
    [['kill', '12x'], /^gmr: "12x" is not a process id/],
    [['kill', '-s', 'KILL', '1'], /^gmr: --signal: "KILL" makes no report: expected one of SIGUSR1, SIGUSR2, /],
    [['kill', '-s', 'USR3', '1'], /^gmr: --signal: "USR3" makes no report/],
    [['kill', '--rate', 'fast', '--all'], /^gmr: --rate: expected 0 to 100000 processes a second, got "fast"\n$/],
    [['ps', '--everything'], /^gmr: Unknown option '--everything'/],
  ])('%j exits with 2 and one clear line', async (args, message) => {
    const { code, stdout, stderr } = await gmr(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('says that no process answers', async () => {
    expect(await gmr('kill', '--service', `${SERVICE}-nobody`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `gmr: no process of service ${SERVICE}-nobody answers here: see gmr ps --all\n`,
    });
  });
});
