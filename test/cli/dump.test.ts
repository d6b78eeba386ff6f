import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerQuestion, takeQuestions } from '../../src/dump/answering.js';
import { openExchange } from '../../src/dump/asking.js';
import { succeeds } from '../faults/commands.js';
import { canBe } from '../faults/other-user.js';
import { CLI, INDEX, killAll, type Program, REGISTER, startNode, startText } from '../process/start.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const canUnshare = isRoot && succeeds('unshare', ['--mount', '--pid', '--fork', 'true']);
const STAY = 'setInterval(() => {}, 1000);';
const READY = `import { setupAutorun } from ${JSON.stringify(INDEX)}; await setupAutorun().ready; console.log('up');`;

beforeAll(() => expect(process.platform).toBe('linux'));
afterEach(killAll);

async function gmr(...args: string[]) {
  const command = startNode([CLI, ...args]);
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

async function start(text: string, env: Record<string, string> = {}): Promise<Program> {
  const app = startText(`${READY} ${text}`, { env });
  await app.untilStdout(/up/);
  return app;
}

/** On a busy machine it is said that nothing has come yet. */
const withoutHint = (stderr: string) => stderr.replace(/^gmr dump: .*: nothing yet: .*\n/m, '');

/** Directories that are left of questions to a process. */
const leftOf = (pid: number) =>
  ['/dev/shm', '/tmp'].map((base) => join(base, `guru-meditation-dump-${pid}`)).filter(existsSync);

/** Milliseconds from the machine's boot to the process's start. */
function startOf(pid: number): number {
  const [, stat = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(/\) (?=\S )/);
  return Number(stat.split(' ')[19]) * 10;
}

describe('gmr dump', () => {
  it.each([
    ['idle', STAY, {}, /^main = idle/m],
    ['spinning', 'setTimeout(function spin() { for (;;); });', {}, /in .*spin\b/m],
    [
      'in native code',
      'setTimeout(function wait() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });',
      {},
      /waiting in Atomics\.wait/,
    ],
    ['without a spool', STAY, { GMR_SPOOL_DIR: 'none' }, /^main = idle/m],
    ['whose reports go to files', STAY, { GMR_LOG_DIR: mkdtempSync(join(tmpdir(), 'dump-logs-')) }, /^main = idle/m],
  ] as const)(
    'prints the report of a process that is %s, which prints one line of it',
    async (_, text, env, expected) => {
      const app = await start(text, env);
      const { code, stdout, stderr } = await gmr('dump', String(app.pid));
      expect({ code, told: withoutHint(stderr) }).toEqual({ code: 0, told: '' });
      expect(stdout).toMatch(expected);
      expect(stdout).toMatch(/^====\s+Runtime\s+====$/m);
      await app.untilStderr(/^gmr [0-9a-f]{32}: printed by gmr dump, which has asked for it$/m);
      expect(app.stderr()).not.toContain('====');
      expect(leftOf(app.pid)).toEqual([]);
    },
  );

  it('prints JSON lines', async () => {
    const app = await start(STAY);
    const { stdout } = await gmr('dump', '--json', String(app.pid));
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { [name: string]: unknown })['gmr.section.name']);
    expect(names).toEqual(expect.arrayContaining(['report', 'threads', 'runtime']));
  });

  it('finds the processes of a service, and several can ask at once', async () => {
    const service = `dump-${process.pid}`;
    const apps = await Promise.all([
      start(STAY, { OTEL_SERVICE_NAME: service }),
      start(STAY, { OTEL_SERVICE_NAME: service }),
    ]);
    const answers = await Promise.all([gmr('dump', '--service', service), gmr('dump', '--service', service)]);
    for (const { code, stdout } of answers) {
      expect(code).toBe(0);
      for (const { pid } of apps) expect(stdout).toContain(`process = ${pid}`);
    }
    for (const { pid } of apps) expect(leftOf(pid)).toEqual([]);
  });

  it('is answered although another one, taken at the same time, has had its answer and ended', () => {
    const bases = [mkdtempSync(join(tmpdir(), 'dump-exchange-'))];
    const target = { pid: process.pid, uid: process.getuid?.() ?? 0, startedMs: startOf(process.pid) };
    const exchanges = [openExchange(target, 'text', bases), openExchange(target, 'text', bases)];
    openExchange(target, 'text', bases).end();
    const taken = takeQuestions(bases);
    for (const asked of taken) {
      expect(answerQuestion(asked, { kind: 'refused', reason: 'as a test' })).toBe(true);
      const index = exchanges.findIndex((exchange) => exchange.readAnswer());
      expect(index).not.toBe(-1);
      exchanges.splice(index, 1)[0]?.end();
    }
    expect(taken).toHaveLength(2);
    expect(bases.flatMap((base) => readdirSync(base))).toEqual([]);
  });

  it('leaves the next report of a signal where it was', async () => {
    const app = await start(STAY);
    await gmr('dump', String(app.pid));
    app.kill('SIGUSR2');
    await app.untilStderr(/^====\s+Runtime\s+====$/m);
  });

  it('is not answered once it has given up: the report is printed as ever', async () => {
    const app = await start(STAY);
    const target = { pid: app.pid, uid: process.getuid?.() ?? 0, startedMs: startOf(app.pid) };
    const exchange = openExchange(target, 'text');
    const [directory = ''] = leftOf(app.pid);
    const [question = ''] = readdirSync(directory);
    utimesSync(join(directory, question), new Date(0), new Date(0));
    app.kill();
    await app.untilStderr(/^====\s+Runtime\s+====$/m);
    expect([exchange.isTaken(), exchange.readAnswer()]).toEqual([true, undefined]);
    exchange.end();
    expect(leftOf(app.pid)).toEqual([]);
  });

  it('leaves nothing behind where it is interrupted', async () => {
    const app = await start(STAY);
    // Its agent cannot answer: the process stands still from the signal on.
    const command = startNode([
      '--import',
      `data:text/javascript,const kill=process.kill;process.kill=(pid)=>kill(pid,'SIGSTOP')`,
      CLI,
      'dump',
      String(app.pid),
    ]);
    await command.untilStderr(/nothing yet: its state is now: stopped/);
    expect(leftOf(app.pid)).toHaveLength(1);
    command.kill('SIGINT');
    expect(await command.ended).toEqual({ code: 130, signal: null });
    expect(leftOf(app.pid)).toEqual([]);
  });

  it('says why nothing comes', async () => {
    const unarmed = startText(`${STAY} console.log('up')`, { armed: false });
    await unarmed.untilStdout(/up/);
    const limited = await start(STAY, { GMR_MAX_REPORTS_PER_MINUTE: '1' });
    expect((await gmr('dump', String(limited.pid))).code).toBe(0);
    const stopped = await start(STAY);
    stopped.kill('SIGSTOP');
    const ended = startText('');
    await ended.ended;
    const say = async ({ pid }: Program) => {
      const { code, stdout, stderr } = await gmr('dump', String(pid));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      return stderr;
    };
    expect(await say(unarmed)).toMatch(
      /no report: it is not armed: SIGUSR1 would open its debugger's port|would end it/,
    );
    expect(await say(limited)).toMatch(/no report: 1 were made within a minute \(GMR_MAX_REPORTS_PER_MINUTE\)$/m);
    expect(await say(stopped)).toMatch(/no report: it is stopped, and answers when it is continued/);
    expect(await say(ended)).toMatch(/no report: there is no such process/);
    expect(unarmed.child.exitCode).toBeNull();
    stopped.kill('SIGKILL');
  });

  it('says that a process has ended before it answered', async () => {
    const app = await start(`process.on('SIGUSR2', () => process.kill(process.pid, 'SIGKILL')); ${STAY}`);
    const { code, stderr } = await gmr('dump', '-s', 'USR2', String(app.pid));
    // Its agent may have been faster.
    if (code !== 0) expect(stderr).toMatch(/no report: it has ended/);
    await app.ended;
    expect(leftOf(app.pid)).toEqual([]);
  });

  it.each([
    [['dump'], /expected either PIDs, --service NAME or --all/],
    [['dump', '--service', 'a', '1'], /expected either PIDs, --service NAME or --all/],
    [['dump', 'x'], /"x" is not a process id/],
    [['dump', '-s', 'SIGKILL', '1'], /makes no report: expected one of/],
  ])('refuses %j', async (args, expected) => {
    const { code, stderr } = await gmr(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(expected);
  });

  it.skipIf(!isRoot || !canBe(NOBODY))("asks another user's process, as root", async () => {
    const app = startNode(['--import', REGISTER, '-e', `${STAY} console.log('up')`], { uid: NOBODY });
    await app.untilStdout(/up/);
    const { code, stdout } = await gmr('dump', String(app.pid));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^main = idle/m);
    expect(leftOf(app.pid)).toEqual([]);
  });

  it.skipIf(!canUnshare)('asks a process of other namespaces, with a file system of its own', async () => {
    const inside = 'mount -t tmpfs none /dev/shm && mount -t proc proc /proc && exec "$0" "$@"';
    const app = startNode(
      [
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        inside,
        process.execPath,
        '--import',
        REGISTER,
        '-e',
        `${STAY} console.log('up')`,
      ],
      { command: 'unshare' },
    );
    await app.untilStdout(/up/);
    const [pid = ''] = readFileSync(`/proc/${app.pid}/task/${app.pid}/children`, 'latin1').split(' ');
    const { code, stdout } = await gmr('dump', pid);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^process = 1$/m);
    process.kill(Number(pid), 'SIGKILL');
  });
});

describe('the directory of a question', () => {
  const uid = process.getuid?.() ?? 0;
  const target = { pid: process.pid, uid, startedMs: 1 };
  const base = mkdtempSync(join(tmpdir(), 'dump-base-'));
  const directory = join(base, `guru-meditation-dump-${process.pid}`);
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is for its user alone, and is removed', () => {
    const exchange = openExchange(target, 'text', [base]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600]);
    expect([exchange.isTaken(), exchange.readAnswer()]).toEqual([false, undefined]);
    exchange.end();
    expect(readdirSync(base)).toEqual([]);
  });

  it.skipIf(!isRoot)("is not used if it is another user's", () => {
    mkdirSync(directory);
    chownSync(directory, NOBODY, NOBODY);
    expect(() => openExchange(target, 'text', [base])).toThrow(/belongs to user 65534, not to 0/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is not followed if it is a symbolic link, and neither is an answer', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'dump-elsewhere-'));
    symlinkSync(elsewhere, directory);
    expect(() => openExchange(target, 'text', [base])).toThrow(/is not a directory/);
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(directory);
    const exchange = openExchange(target, 'text', [base]);
    const [question = ''] = readdirSync(directory);
    symlinkSync('/etc/passwd', join(directory, question.replace('question', 'answer')));
    expect(exchange.readAnswer()).toBeUndefined();
    exchange.end();
  });

  it('is looked for in the next place if one cannot be used', () => {
    openExchange(target, 'text', ['/proc/none', base]).end();
    expect(() => openExchange(target, 'text', ['/proc/none'])).toThrow(/no place .*\/proc\/none: ENOENT/);
  });
});
