import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { hasOpenssl, makeCertificate } from '../faults/certificate.js';
import { canBe, nodeOf } from '../faults/other-user.js';
import { canLimit, makeCgroup, TWENTIETH } from '../places/cgroup.js';
import { canFreeze, mountFreezingDisk } from '../places/disk.js';
import { canMount, type FileSystem, mountFiles } from '../places/file-system.js';
import { inTurn, startPatient } from './agent.js';
import { INDEX, killAll, REGISTER, startNode, startText, WHOLE, writeProgram } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'ills-'));
const mounted = new Set<FileSystem>();
/** No other process is this user's: the limit counts them all. */
const LONELY_USER = 61_234;
let made = 0;

afterEach(() => {
  killAll();
  for (const fileSystem of mounted) fileSystem.unmount();
  mounted.clear();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Resolves when the process's main thread waits for an answer of its file system. */
async function untilWaiting(pid: number, where = /fuse|request_wait_answer/): Promise<void> {
  while (!where.test(readFileSync(`/proc/${pid}/wchan`, 'latin1'))) await nextTurn();
}

async function mountOne(files: { readonly [name: string]: string } = {}): Promise<FileSystem> {
  const fileSystem = await mountFiles(mkdtempSync(join(directory, 'fs-')), files);
  mounted.add(fileSystem);
  return fileSystem;
}

/** Nobody listens there. */
const DOWN = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
const ready = `const { setupAutorun } = await import(${JSON.stringify(INDEX)}); await setupAutorun().ready;`;
/** Ends by itself, by process.exit or by an exception, as a line on its stdin says. */
const PROGRAM = `${ready}
const timer = setInterval(() => {}, 1000);
process.stdin.on('data', (word) => {
  if (String(word) === 'exit') process.exit(7);
  if (String(word) === 'throw') throw new Error('over');
  clearInterval(timer);
  process.stdin.destroy();
}).on('end', () => {});
console.log('up');
`;

const IDLE = `${ready} console.log('up'); setInterval(() => {}, 1000);`;

describe.skipIf(!canMount())('a file system that no longer answers', () => {
  const SEND = { OTEL_LOGS_EXPORTER: '', OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:9' };
  const places: readonly [string, (root: string) => Record<string, string>][] = [
    ['HOME', (root) => ({ HOME: root, XDG_STATE_HOME: '' })],
    ['XDG_STATE_HOME', (root) => ({ XDG_STATE_HOME: root })],
    ['the spool', (root) => ({ GMR_SPOOL_DIR: join(root, 'spool') })],
    ['TMPDIR and HOME', (root) => ({ TMPDIR: root, HOME: root, XDG_STATE_HOME: '' })],
    ['GMR_LOG_DIR', (root) => ({ GMR_LOG_DIR: join(root, 'logs') })],
    ['GMR_FILE_TRIGGER', (root) => ({ GMR_FILE_TRIGGER: join(root, 'trigger'), GMR_FILE_TRIGGER_INTERVAL_MS: '20' })],
    ['a certificate', (root) => ({ OTEL_EXPORTER_OTLP_CERTIFICATE: join(root, 'ca.pem'), ...SEND })],
  ];

  it.each(places)('at %s: the report is printed, and the process ends as it would have', async (_, environment) => {
    for (const [word, code] of [
      ['exit', 7],
      ['natural', 0],
      ['throw', 1],
    ] as const) {
      const { root, hang } = await mountOne();
      const app = startText(PROGRAM, { env: environment(root) });
      await app.untilStdout(/up/);
      hang();
      app.kill('SIGUSR2');
      await app.untilStderr(WHOLE);
      app.child.stdin?.write(word);
      expect(await app.ended).toEqual({ code, signal: null });
    }
  });

  it('at the spool: reports wait in memory, and one line says so', async () => {
    const { root } = await mountOne();
    const spool = join(root, 'spool');
    const app = startText(IDLE, { env: { GMR_SPOOL_DIR: spool, OTEL_LOGS_EXPORTER: 'otlp', ...DOWN } });
    await app.untilStdout(/up/);
    for (const times of [1, 2]) {
      app.kill('SIGUSR2');
      await app.untilStderr(/^gmr [0-9a-f]{32}: .* did not take .*: kept in memory, /m, times);
    }
    expect(app.stderr().match(/^gmr: .* is not used .*$/gm)).toEqual([
      `gmr: GMR_SPOOL_DIR=${spool} is not used (${root} is on a file system of type fuse): reports wait in memory`,
    ]);
  });

  it.skipIf(!hasOpenssl)('at a certificate: it is read once it can be, and the report is delivered', async () => {
    const { key, cert } = makeCertificate(directory);
    const taken: string[] = [];
    const server = createServer({ key, cert }, (request, response) => {
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
      taken.push(request.url ?? '');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { root, hang, answer } = await mountOne({ 'ca.pem': cert.toString() });
    const app = startText(IDLE, {
      env: {
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${(server.address() as AddressInfo).port}`,
        OTEL_EXPORTER_OTLP_CERTIFICATE: join(root, 'ca.pem'),
      },
    });
    await app.untilStdout(/up/);
    hang();
    app.kill('SIGUSR2');
    await app.untilStderr(/ did not take .*_CERTIFICATE=\S+ cannot be read: ETIMEDOUT.*: kept in /);
    answer();
    await app.untilStderr(/ took \d+ log records/);
    expect(taken).toEqual(['/v1/logs']);
    server.closeAllConnections();
    server.close();
  });

  it('from the start, merely armed: the process ends', async () => {
    const { root, hang } = await mountOne();
    hang();
    const app = startText(`${ready} process.exit(5)`, { env: { HOME: root, XDG_STATE_HOME: '', TMPDIR: root } });
    expect(await app.ended).toEqual({ code: 5, signal: null });
  });

  it('and is the program’s own directory: a report comes, without its source lines', async () => {
    const text = `process.on('SIGHUP', function spin() { console.log('spins'); for (;;); });\n${PROGRAM}`;
    const { root, hang } = await mountOne({ 'app.mjs': text, 'package.json': '{"name":"afar","version":"1.0.0"}' });
    const app = startNode(['--import', REGISTER, join(root, 'app.mjs')]);
    await app.untilStdout(/up/);
    hang();
    app.kill('SIGHUP');
    await app.untilStdout(/spins/);
    app.kill('SIGUSR2');
    expect(await app.untilStderr(WHOLE)).toMatch(/app\.mjs:\d+:\d+ in .*spin/);
  });

  it('in which main waits: the signal that the kernel keeps is answered', async () => {
    const { root, hang } = await mountOne({ data: 'x' });
    const app = startText(
      `import { readFileSync } from 'node:fs';
       ${ready}
       process.stdin.on('data', function readData() { readFileSync(${JSON.stringify(join(root, 'data'))}); });
       console.log('up');`,
    );
    await app.untilStdout(/up/);
    hang();
    app.child.stdin?.write('read');
    await untilWaiting(app.pid);
    app.kill('SIGUSR2');
    expect(await app.untilStderr(WHOLE)).toMatch(/^main = in native code/m);
  });
});

describe.skipIf(!canFreeze(directory))('a local disk that no longer answers, and main waits for it', () => {
  it('is left alone: the report is printed, and waits in memory; once it answers, the next one waits there', async () => {
    const { root, freeze, thaw, unmount } = mountFreezingDisk(directory);
    try {
      const spool = join(root, 'spool');
      const app = startText(
        `import { writeFileSync } from 'node:fs';
         ${ready}
         process.stdin.on('data', function writeData() {
           writeFileSync(${JSON.stringify(join(root, 'data'))}, 'x');
           console.log('written');
         });
         console.log('up');`,
        { env: { GMR_SPOOL_DIR: spool, OTEL_LOGS_EXPORTER: 'otlp', ...DOWN } },
      );
      await app.untilStdout(/up/);
      freeze();
      app.child.stdin?.write('write');
      await untilWaiting(app.pid, /rwsem|freez/);
      app.kill('SIGUSR2');
      const said = await app.untilStderr(/ did not take .*: kept in memory, /);
      expect(said).toMatch(WHOLE);
      expect(said).toMatch(
        new RegExp(
          `is not used \\(thread ${app.pid} waits for a disk that does not answer\\): reports wait in memory$`,
          'm',
        ),
      );
      thaw();
      await app.untilStdout(/written/);
      app.kill('SIGUSR1');
      await app.untilStderr(new RegExp(` did not take .*: kept in ${spool}, `));
      app.kill('SIGKILL');
      await app.ended;
    } finally {
      unmount();
    }
  });
});

describe('a signal that comes before the agent listens', () => {
  it('is answered once it does, without a second one, also while main spins from its first line on', async () => {
    const flag = join(directory, 'answered');
    const app = startText(
      `import { existsSync } from 'node:fs';
       process.kill(process.pid, 'SIGUSR2');
       function spinFromTheStart() { while (!existsSync(${JSON.stringify(flag)})); }
       spinFromTheStart();
       console.log('on');
       setInterval(() => {}, 1000);`,
    );
    expect(await app.untilStderr(WHOLE)).toMatch(/in spinFromTheStart$/m);
    writeFileSync(flag, '');
    await app.untilStdout(/on/);
    // Main's loop has turned, and has heard the same signal: it is not answered again.
    app.kill('SIGUSR1');
    await app.untilStderr(/^trigger = signal SIGUSR1$/m);
    expect(app.stderr().match(/^trigger = signal SIGUSR2$/gm)).toHaveLength(1);
  });
});

describe('the pool’s threads, all of them stuck', () => {
  const fill = (count: number) =>
    `import fs from 'node:fs'; import { execFileSync } from 'node:child_process';
     execFileSync('mkfifo', [process.env.FIFO]);
     for (let n = 0; n < ${count}; n += 1) fs.open(process.env.FIFO, () => {});`;

  it.each([
    ['before the agent is ready, 4 operations', 4, {}],
    ['before the agent is ready, 8 operations', 8, {}],
    ['with UV_THREADPOOL_SIZE=1', 1, { UV_THREADPOOL_SIZE: '1' }],
  ])('%s: the report comes', async (_, count, env) => {
    made += 1;
    const FIFO = join(directory, `fifo-${made}`);
    const app = startText(`${fill(count)} console.log('up'); setInterval(() => {}, 1000);`, { env: { FIFO, ...env } });
    await app.untilStdout(/up/);
    app.kill('SIGUSR2');
    await app.untilStderr(WHOLE);
    app.kill('SIGUSR1');
    await app.untilStderr(/^trigger = signal SIGUSR1$/m);
  });
});

const BUSY_FOR_GOOD = [
  ['loops', 'for (;;);'],
  ['waits', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'],
] as const;

describe('an agent that no longer answers', () => {
  it.each(BUSY_FOR_GOOD)('and %s, is named and replaced, and the signal is answered', async (_, forever) => {
    const app = await startPatient();
    app.child.stdin?.write(inTurn(`process._rawDebug("busy"); ${forever}`));
    await app.untilStderr(/busy/);
    app.kill('SIGUSR2');
    const said = await app.untilStderr(WHOLE);
    expect(said).toMatch(
      /^gmr: the agent had not taken SIGUSR2 after \d+ ms: its thread \d+ (is \w+.*|has ended); another one is started$/m,
    );
  });
});

describe('an agent that is busy for good', () => {
  it.each(BUSY_FOR_GOOD)(
    'and %s, with a session of its own on main, does not keep the process from its end',
    async (_, forever) => {
      const app = await startPatient();
      const session = `const session = new (require('node:inspector').Session)(); session.connectToMainThread();`;
      app.child.stdin?.write(inTurn(`${session} process._rawDebug('busy'); ${forever}`));
      await app.untilStderr(/busy/);
      app.child.stdin?.write('main process.exit(7)\n');
      expect(await app.ended).toEqual({ code: 7, signal: null });
    },
  );
});

describe('limits of the process', () => {
  it.skipIf(process.platform !== 'linux')('on its address space: one line, and the program goes on', async () => {
    const app = startNode(
      [
        '-c',
        `ulimit -v 1700000; exec "$0" "$@"`,
        process.execPath,
        '--import',
        REGISTER,
        writeProgram('setTimeout(() => process.exit(3), 300)'),
      ],
      { command: '/bin/sh' },
    );
    expect(await app.ended).toEqual({ code: 3, signal: null });
    expect(app.stderr()).toMatch(/^gmr: no reports can be made, .* MiB of address space, .*ulimit -v/m);
  });

  it.skipIf(!canBe(LONELY_USER))(
    'on its threads: one line, the program goes on, and reports once there is a thread',
    async () => {
      // Node alone has seven, and its pool's would be four more: by --import, Node 20 ends itself for want of those.
      const limited = [
        '--reuid',
        String(LONELY_USER),
        '--clear-groups',
        'prlimit',
        '--nproc=7:100',
        '--',
        nodeOf(LONELY_USER),
      ];
      const program = ['--require', 'guru-meditation/register', '-e', 'setInterval(() => {}, 1000)'];
      const app = startNode([...limited, ...program], {
        command: 'setpriv',
        env: { GMR_SPOOL_DIR: 'none' },
      });
      await app.untilStderr(/^gmr: the agent thread ended \(.*\); it is started again$/m);
      const raise = ['prlimit', '--pid', String(app.pid), '--nproc=100:100'];
      execFileSync('setpriv', ['--reuid', String(LONELY_USER), '--clear-groups', ...raise]);
      app.kill('SIGUSR2');
      await app.untilStderr(WHOLE);
      expect(app.stderr().match(/the agent thread ended/g)).toHaveLength(1);
    },
  );

  it.skipIf(!canLimit('pids'))('of its control group, on threads: the same', async () => {
    const group = makeCgroup('pids', { 'pids.max': '7' });
    try {
      const program = ['--require', 'guru-meditation/register', '-e', 'setInterval(() => {}, 1000)'];
      const join = `echo $$ > ${group.processes} && exec "$0" "$@"`;
      const app = startNode(['-c', join, process.execPath, ...program], { command: 'sh' });
      await app.untilStderr(/^gmr: the agent thread ended \(.*\); it is started again$/m);
      group.set('pids.max', '100');
      app.kill('SIGUSR2');
      await app.untilStderr(WHOLE);
      app.kill('SIGKILL');
      await app.ended;
    } finally {
      group.remove();
    }
  });
});

/** A process of the lowest priority has a hundredth of a processor there, and other tests want theirs. */
const STARVED_MS = 400_000;

/** An agent that has no CPU is not stuck: another one in its place would have none, either, and its reports would be lost. */
const NOT_TAKEN = /the agent had not taken/;

describe('a busy machine', { timeout: STARVED_MS + 30_000 }, () => {
  it.each([
    ['with twenty spinning processes', 20, 0],
    ['at the lowest priority, with two spinning processes', 2, 19],
  ])('%s: the report is late, whole and right', async (_, count, niceness) => {
    // Of the lowest priority main has too little of a CPU to answer in the usual time.
    const app = startText(IDLE, { env: niceness > 0 ? { GMR_DEADLINE_MS: '2000' } : {} });
    await app.untilStdout(/up/);
    const spinning = Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done']));
    try {
      const threads = readdirSync(`/proc/${app.pid}/task`);
      // One that ends meanwhile is an error of the command.
      spawnSync('renice', ['-n', String(niceness), '-p', ...threads]);
      app.kill('SIGUSR2');
      expect(await app.untilStderr(WHOLE, 1, STARVED_MS)).toMatch(/^main = idle/m);
      expect(app.stderr()).not.toMatch(NOT_TAKEN);
    } finally {
      for (const one of spinning) one.kill('SIGKILL');
    }
  });

  it.skipIf(!canLimit('cpu'))('in a cgroup with a twentieth of a processor: the same', async () => {
    const group = makeCgroup('cpu', TWENTIETH);
    try {
      const app = startText(IDLE, { armed: true });
      await app.untilStdout(/up/);
      group.add(app.pid);
      app.kill('SIGUSR2');
      expect(await app.untilStderr(WHOLE, 1, STARVED_MS)).toMatch(/^main = idle/m);
      expect(app.stderr()).not.toMatch(NOT_TAKEN);
      app.kill('SIGKILL');
      await app.ended;
    } finally {
      group.remove();
    }
  });
});

describe('children that are started while the agent starts', () => {
  it('make no signal look blocked', async () => {
    const app = startText(
      `import { spawn } from 'node:child_process';
       for (let n = 0; n < 200; n += 1) spawn('true').unref();
       ${ready} console.log('up'); setInterval(() => {}, 1000);`,
    );
    await app.untilStdout(/up/);
    app.kill('SIGUSR1');
    await app.untilStderr(WHOLE);
    expect(app.stderr()).not.toMatch(/SigBlk/);
  });
});
