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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerQuestion, takeQuestions } from '../../src/dump/answering.js';
import { openExchange } from '../../src/dump/asking.js';
import { succeeds } from '../faults/commands.js';
import { canBe } from '../faults/other-user.js';
import { CLI, INDEX, killAll, type Program, REGISTER, startNode, startText, WHEN_READY } from '../process/start.js';

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
      // It may be on its way to its sleep.
      /waiting in Atomics\.wait|native code in Atomics\.wait/,
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
      expect(stdout).toMatch(/^====\s+In Flight\s+====$/m);
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
    const exchanges = [
      openExchange(target, { format: 'text' }, bases),
      openExchange(target, { format: 'text' }, bases),
    ];
    openExchange(target, { format: 'text' }, bases).end();
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

  it('does not take the report of the next signal: that is printed by the process', async () => {
    const app = await start(STAY);
    await gmr('dump', String(app.pid));
    app.kill('SIGUSR2');
    await app.untilStderr(/^====\s+Runtime\s+====$/m);
  });

  it('gets no answer after it has given up: the report is printed as usual', async () => {
    const app = await start(STAY);
    const target = { pid: app.pid, uid: process.getuid?.() ?? 0, startedMs: startOf(app.pid) };
    const exchange = openExchange(target, { format: 'text' });
    const [directory = ''] = leftOf(app.pid);
    const [question = ''] = readdirSync(directory);
    utimesSync(join(directory, question), new Date(0), new Date(0));
    app.kill();
    await app.untilStderr(/^====\s+Runtime\s+====$/m);
    expect([exchange.isTaken(), exchange.readAnswer()]).toEqual([true, undefined]);
    exchange.end();
    expect(leftOf(app.pid)).toEqual([]);
  });

  it('leaves nothing behind if it is interrupted', async () => {
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

  it('gives the reason if no report comes', async () => {
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

  it.each([
    ['idle', 'setInterval(() => {}, 1000);', 'idle'],
    [
      'busy with new objects',
      'setInterval(function fill() { const end = Date.now() + 20; while (Date.now() < end) kept[Date.now() % 1000] = { at: new Date() }; });',
      'running',
    ],
  ])('--exact holds main while its heap is read, and misses nothing: %s', async (_, then) => {
    const app = await start(
      `const kept = []; const queue = [];
       async function lock() { await new Promise((resolve) => queue.push(resolve)); }
       globalThis.calls = Array.from({ length: 500 }, lock); ${then}
       process.stdin.on('data', () => console.log('alive'));`,
    );
    const { code, stdout, stderr } = await gmr('dump', '--exact', '--json', String(app.pid));
    expect({ code, stderr: withoutHint(stderr) }).toEqual({ code: 0, stderr: '' });
    const records = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    expect(JSON.stringify(records)).not.toContain('main was not held');
    const section = records.find((one) => one['gmr.section.name'] === 'green_threads');
    const [main] = section.data.suspended.threads;
    expect(main).toMatchObject({ thread: '#0 main', count: 500, quiet: true, whole: true, lost: 0, chainCount: 1 });
    expect(main.chains).toMatchObject([{ count: 500, settler: { kind: 'variable', name: 'queue', of: 500 } }]);
    app.child.stdin?.write('x');
    await app.untilStdout(/alive/);
  });

  it('--exact of a main thread in native code says that it was not held', async () => {
    const app = await start(
      `import { execFileSync } from 'node:child_process';
       setTimeout(() => { console.log('stuck'); execFileSync('sleep', ['1000']); }, 100);`,
    );
    await app.untilStdout(/stuck/);
    const { code, stdout } = await gmr('dump', '--exact', String(app.pid));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note = main was not held \(--exact\): /m);
    expect(stdout).toMatch(/^waits for = sleep 1000/m);
  });

  it('--exact of a main thread in Atomics.wait does not make it wait twice', async () => {
    const app = await start(
      `const cells = new Int32Array(new SharedArrayBuffer(4));
       process.stdin.on('data', () => console.log('alive'));
       setTimeout(() => { console.log('waits'); console.log(Atomics.wait(cells, 0, 0, 20_000)); }, 100);`,
    );
    await app.untilStdout(/waits/);
    const { code, stdout } = await gmr('dump', '--exact', String(app.pid));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^main = waiting in Atomics\.wait/m);
    await app.untilStdout(/timed-out/);
    app.child.stdin?.write('x');
    await app.untilStdout(/alive/);
  });

  it('waits for the agent of a process that has just begun', async () => {
    const busy = `data:text/javascript,console.log('loading'); const end = Date.now() + 800; while (Date.now() < end);`;
    const app = startNode(['--import', busy, '--import', REGISTER, '-e', STAY]);
    await app.untilStdout(/loading/);
    const { code, stderr } = await gmr('dump', String(app.pid));
    expect({ code, stderr: withoutHint(stderr) }).toEqual({ code: 0, stderr: '' });
  });

  it.skipIf(!isRoot || !canBe(NOBODY))("asks another user's process, as root", async () => {
    const app = startNode(['--input-type=module', '-e', `${WHEN_READY} ${STAY} console.log('up')`], { uid: NOBODY });
    await app.untilStdout(/up/);
    const { code, stdout, stderr } = await gmr('dump', String(app.pid));
    expect({ code, stderr: withoutHint(stderr) }).toEqual({ code: 0, stderr: '' });
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
        `${STAY} import(${JSON.stringify(INDEX)}).then((gmr) => gmr.setupAutorun().ready).then(() => console.log('up'))`,
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
    const exchange = openExchange(target, { format: 'text' }, [base]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600]);
    expect([exchange.isTaken(), exchange.readAnswer()]).toEqual([false, undefined]);
    exchange.end();
    expect(readdirSync(base)).toEqual([]);
  });

  it.skipIf(!isRoot)("is not used if it is another user's", () => {
    mkdirSync(directory);
    chownSync(directory, NOBODY, NOBODY);
    expect(() => openExchange(target, { format: 'text' }, [base])).toThrow(/belongs to user 65534, not to 0/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is not followed if it is a symbolic link, and neither is an answer', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'dump-elsewhere-'));
    symlinkSync(elsewhere, directory);
    expect(() => openExchange(target, { format: 'text' }, [base])).toThrow(/is not a directory/);
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(directory);
    const exchange = openExchange(target, { format: 'text' }, [base]);
    const [question = ''] = readdirSync(directory);
    symlinkSync('/etc/passwd', join(directory, question.replace('question', 'answer')));
    expect(exchange.readAnswer()).toBeUndefined();
    exchange.end();
  });

  it('is looked for in the next place if one cannot be used', () => {
    openExchange(target, { format: 'text' }, ['/proc/none', base]).end();
    expect(() => openExchange(target, { format: 'text' }, ['/proc/none'])).toThrow(/no place .*\/proc\/none: ENOENT/);
  });

  it('--watch prints a report each time main is stuck, once, until the process has ended', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'dump-watch-'));
    const flag = (name: string) => join(directory, name);
    const app = await start(
      `const { existsSync } = await import('node:fs');
       const spinUntil = (file) => { while (!existsSync(file)); };
       const second = () => { spinUntil(${JSON.stringify(flag('two'))}); process.exit(); };
       setTimeout(function first() { spinUntil(${JSON.stringify(flag('one'))}); setTimeout(second, 5000); });`,
    );
    const watch = startNode([CLI, 'dump', '--watch', '--stuck', '200ms', String(app.pid)]);
    const reports = () => [...watch.stdout().matchAll(/^at = .*$/gm)].map(([line]) => line.replace(/.* in /, ''));
    await watch.untilStdout(/^at = .*spinUntil$/m);
    await watch.untilStdout(/In Flight/);
    writeFileSync(flag('one'), '');
    await watch.untilStdout(/^at = .*(.*\n)*at = .*spinUntil(.*\n)*.*In Flight/m);
    writeFileSync(flag('two'), '');
    expect((await watch.ended).code).toBe(0);
    expect(reports()).toEqual(['spinUntil', 'spinUntil']);
    expect(watch.stdout()).toMatch(/first/);
    expect(watch.stdout()).toMatch(/second/);
    rmSync(directory, { recursive: true });
  });

  it('--stuck without --watch is refused', async () => {
    const { code, stderr } = await gmr('dump', '--stuck', '1s', '1');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--stuck: expected --watch with it/);
  });

  it('--heap prints the objects of the heap by class, and what has changed since the last time', async () => {
    const app = await start(
      `class Session { constructor(i) { this.id = i; this.user = 'alice@example.com'; } }
       const kept = globalThis.kept = [];
       const more = (count) => { for (let i = 0; i < count; i += 1) kept.push(new Session(i)); };
       more(5000);
       process.stdin.on('data', () => { more(1000); console.log('more'); });
       console.log('made');`,
    );
    await app.untilStdout(/made/);
    const first = await gmr('dump', '--heap', String(app.pid));
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^====\s+Heap Census\s+====$/m);
    expect(first.stdout).toMatch(/^ *\S+ \w+ +500\d {2}Session .*:1$/m);
    expect(first.stdout).not.toMatch(/In Flight|since|SINCE|alice/);
    app.child.stdin?.write('go\n');
    await app.untilStdout(/more/);
    const { stdout } = await gmr('dump', '--heap', String(app.pid));
    expect(stdout).toMatch(/^ *BYTES +COUNT +BYTES SINCE +COUNT SINCE +CLASS$/m);
    expect(stdout).toMatch(/^ *\S+ \w+ +600\d +\+\S+ KiB +\+\d+ {2}Session .*:1$/m);
  });

  it('--heap of a process whose memory is not read says so', async () => {
    const app = await start(STAY, { GMR_MEMORY_READER: 'off' });
    const { code, stdout } = await gmr('dump', '--heap', String(app.pid));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\[failed: Error: the heap is not read: it is switched off\]$/m);
  });

  it.runIf(process.arch === 'x64')(
    '--full tells timers and servers, each with the function that is called',
    async () => {
      const app = await start(
        `const { createServer } = await import('node:http');
       const { setTimeout: sleep } = await import('node:timers/promises');
       setInterval(function sweep() {}, 60_000);
       const retry = () => {};
       for (let i = 0; i < 3; i += 1) setTimeout(retry, 50_000).unref();
       clearTimeout(setTimeout(function cleared() {}, 40_000));
       sleep(110_000);
       createServer(function handle() {}).listen(0, '127.0.0.1', () => console.log('made'));`,
      );
      await app.untilStdout(/made/);
      const { code, stdout } = await gmr('dump', '--full', String(app.pid));
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ *1 +every 1 min 0 s, due in \d+ s: sweep \S+:3$/m);
      expect(stdout).toMatch(/^ *3 +after 50 s, due in \d+ s, unref: retry \S+:4$/m);
      expect(stdout).toMatch(/^ *1 +after 1 min 50 s, due in 1 min \S+ s/m);
      expect(stdout).toMatch(/^servers = 1\nServer 127\.0\.0\.1:0: handle \S+:8$/m);
      expect(stdout).not.toContain('cleared');
      expect(stdout).not.toContain('setTurned');
      const short = await gmr('dump', String(app.pid));
      expect(short.stdout).not.toContain('sweep');
    },
  );
});
