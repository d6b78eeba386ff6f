import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CLI,
  killAll,
  MANY_REPORTS,
  makeStateDirectory,
  REGISTER,
  startNode,
  startText,
  WHEN_READY,
  WHOLE,
  writeProgram,
} from '../process/start.js';
import { startCollector } from './collector.js';

afterEach(killAll);

const STAY = `setInterval(() => {}, 60_000); process.on('SIGHUP', () => process.exit(7)); console.log('up');`;
const armed = (text: string) => ['--import', REGISTER, writeProgram(text)];

describe('stderr that is not there', () => {
  it.each([
    ['closed by the shell', '2>&-'],
    ['/dev/null', '2>/dev/null'],
  ])('%s: the report reaches the collector, and the process goes on', async (_, redirection) => {
    const collector = await startCollector();
    const app = startNode(['-c', `exec "$0" "$@" ${redirection}`, process.execPath, ...armed(STAY)], {
      command: 'sh',
      env: collector.env,
    });
    await app.untilStdout(/up/);
    app.kill();
    expect(await collector.untilReports(1)).toContain('resource usage');
    app.kill('SIGHUP');
    expect(await app.ended).toEqual({ code: 7, signal: null });
  });

  it('closed by the program, its number given to a file of customers: not a byte of ours gets there', async () => {
    const collector = await startCollector();
    const file = join(makeStateDirectory(), 'customers.csv');
    const text = `import { closeSync, openSync, writeSync } from 'node:fs';
      ${WHEN_READY}
      closeSync(2);
      const file = openSync(${JSON.stringify(file)}, 'w');
      writeSync(file, 'id,name\\n');
      console.log('descriptor', file);
      setInterval(() => {}, 60_000);`;
    const app = startNode(armed(text), { env: { ...collector.env, GMR_LOG_DIR: '/dev/null/none' } });
    await app.untilStdout(/descriptor 2/);
    app.kill();
    const stored = await collector.untilReports(1);
    expect(stored).toContain('file descriptor 2 is another file than when the process was armed');
    expect(app.child.exitCode).toBeNull();
    expect(readFileSync(file, 'utf8')).toBe('id,name\n');
  });

  it('closed by the program: what waits on disk is whole, though one of our own files may have the number', async () => {
    const spool = join(makeStateDirectory(), 'spool');
    const app = startNode(
      armed(
        `import { closeSync } from 'node:fs'; ${WHEN_READY} closeSync(2); console.log('up'); setInterval(() => {}, 60_000);`,
      ),
      {
        env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', GMR_SPOOL_DIR: spool },
      },
    );
    await app.untilStdout(/up/);
    app.kill();
    const show = () => spawnSync(process.execPath, [CLI, 'show', '--dir', spool], { encoding: 'utf8' });
    await expect.poll(() => show().stdout, { timeout: 90_000, interval: 300 }).toMatch(WHOLE);
    expect(app.child.exitCode).toBeNull();
  });
});

describe('stderr that nobody reads', () => {
  it('a full pipe: the process reports again once it is read, and ends as it would have while it is full', async () => {
    const pipe = join(makeStateDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Open for both, it never has to wait for another end, and never reads the end of the file.
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    fill(reader);
    const stderr = openSync(pipe, constants.O_WRONLY);
    const app = startNode(armed(STAY), { env: MANY_REPORTS, stderr });
    await app.untilStdout(/up/);
    let drained = '';
    const text = await killUntilRead(app.kill, () => {
      drained += drain(reader);
      return drained;
    });
    expect(text).toMatch(WHOLE);
    fill(reader);
    app.kill('SIGUSR2');
    app.kill('SIGHUP');
    expect(await app.ended).toEqual({ code: 7, signal: null });
    closeSync(reader);
    closeSync(stderr);
  });

  it('a full socket, as journald has: the same, and it waits for the program as before', async () => {
    const { ours, theirs } = await connectSockets();
    const handle = (theirs as unknown as { _handle: { fd: number; setBlocking(blocking: boolean): void } })._handle;
    fill(handle.fd);
    handle.setBlocking(true);
    // console.log would have Node open stderr too, and make it not to block.
    const text = `import { writeSync } from 'node:fs'; ${STAY.replace("console.log('up')", "writeSync(1, 'up\\n')")}`;
    const app = startNode(armed(text), { env: MANY_REPORTS, stderr: theirs });
    await app.untilStdout(/up/);
    app.kill();
    let read = '';
    ours.on('data', (chunk) => {
      read += chunk;
    });
    ours.resume();
    // Main turns its loop, and so does the agent: both would be stuck for ever in a write that waits.
    expect(await killUntilRead(app.kill, () => read)).toMatch(WHOLE);
    // Not in the moment of a write, it waits.
    const blocks = () => (readFlags(app.pid) & constants.O_NONBLOCK) === 0;
    await expect.poll(blocks, { timeout: 90_000, interval: 20 }).toBe(true);
    // One that was asked for meanwhile is written as well: it would find a socket that is being filled.
    await quiet(() => read);
    ours.pause();
    handle.setBlocking(false);
    fill(handle.fd);
    handle.setBlocking(true);
    app.kill('SIGUSR2');
    app.kill('SIGHUP');
    expect(await app.ended).toEqual({ code: 7, signal: null });
    ours.destroy();
    theirs.destroy();
  });
});

describe('stderr and stdout that the program writes to by itself', () => {
  it.each([1, 2])('descriptor %i waits for its reader as it did without us', async (descriptor) => {
    const text = `import { writeSync } from 'node:fs';
      ${WHEN_READY}
      const bytes = Buffer.alloc(1_000_000, 'x');
      for (let written = 0; written < bytes.length; ) written += writeSync(${descriptor}, bytes, written);
      process.exit(7);`;
    const pipe = join(makeStateDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const app = startNode(['-c', `exec "$0" "$@" ${descriptor}>${pipe}`, process.execPath, ...armed(text)], {
      command: 'sh',
    });
    // It waits for us, and did not get EAGAIN.
    const waits = () => /pipe_write/.test(readFileSync(`/proc/${app.pid}/wchan`, 'utf8'));
    await expect.poll(waits, { timeout: 90_000 }).toBe(true);
    let read = 0;
    const isDone = () => {
      read += drain(reader).length;
      return read >= 1_000_000;
    };
    await expect.poll(isDone, { timeout: 90_000, interval: 5 }).toBe(true);
    expect(await app.ended).toEqual({ code: 7, signal: null });
    closeSync(reader);
  });

  it('a program that replaces process.stderr.write and console.error changes nothing', async () => {
    const app = startText(
      `process.stderr.write = () => { throw new Error('no'); }; console.error = process.stderr.write; ${STAY}`,
    );
    await app.untilStdout(/up/);
    app.kill();
    expect(await app.untilStderr(WHOLE)).not.toMatch(/failed/);
  });
});

const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0;
/** Runs a command on a terminal of its own, reads that slowly, or not before a line allows it. */
const TERMINAL = `import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
print('pid', pid, flush=True)
if sys.argv[1] == 'stuck': sys.stdin.readline()
try:
  while True:
    sys.stdout.buffer.write(os.read(terminal, 512)); sys.stdout.flush(); time.sleep(0.005)
except OSError: pass
print('code', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;

describe.skipIf(!PYTHON)('stderr that is a terminal (python3)', () => {
  it('slow: the report comes whole, and in colour', async () => {
    const app = startNode(['-c', TERMINAL, 'slow', process.execPath, ...armed(STAY)], { command: 'python3' });
    const pid = Number(/pid (\d+)/.exec(await app.untilStdout(/up/))?.[1]);
    process.kill(pid, 'SIGUSR2');
    // A terminal has line ends of its own.
    expect(await app.untilStdout(/^resource usage[\s\S]*^gmr /m)).toMatch(/\[1m====\s+Guru Meditation\s+====/);
    process.kill(pid, 'SIGHUP');
    await app.untilStdout(/code 7/);
  });

  it('that takes nothing more: the process ends as it would have', async () => {
    const app = startNode(['-c', TERMINAL, 'stuck', process.execPath, ...armed(STAY)], {
      command: 'python3',
      env: MANY_REPORTS,
    });
    const pid = Number(/pid (\d+)/.exec(await app.untilStdout(/pid \d+/))?.[1]);
    // SIGUSR2, and SIGHUP: the program listens for that last.
    const both = (1n << 11n) | 1n;
    const caught = () =>
      BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`) & both;
    await expect.poll(caught, { timeout: 90_000 }).toBe(both);
    // A terminal takes 4 KiB, less than a report has: the thirtieth finds it full.
    for (let n = 0; n < 30; n += 1) {
      process.kill(pid, 'SIGUSR2');
      await expect.poll(() => pendingSignals(pid), { timeout: 90_000, interval: 20 }).toBe(0n);
    }
    process.kill(pid, 'SIGHUP');
    await expect.poll(() => stateOf(pid), { timeout: 90_000 }).toBe('Z');
    app.child.stdin?.write('\n');
    await app.untilStdout(/code 7/);
  });
});

/** Sent to the process, and not yet taken by a thread of it. */
function pendingSignals(pid: number): bigint {
  return BigInt(`0x${/^ShdPnd:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`);
}

function stateOf(pid: number): string {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
}

function readFlags(pid: number): number {
  return Number.parseInt(/^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/2`, 'utf8'))?.[1] ?? '', 8);
}

/** Until the kernel takes no more. */
function fill(descriptor: number): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(descriptor, Buffer.alloc(size, '.'));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
    }
  }
}

/** All that is in the pipe at the moment. */
function drain(descriptor: number): string {
  let text = '';
  try {
    const chunk = Buffer.alloc(65_536);
    for (;;) text += chunk.toString('latin1', 0, readSync(descriptor, chunk));
  } catch {
    return text;
  }
}

async function killUntilRead(kill: (signal: NodeJS.Signals) => void, read: () => string): Promise<string> {
  const again = setInterval(() => kill('SIGUSR2'), 500);
  try {
    await expect.poll(read, { timeout: 90_000, interval: 20 }).toMatch(WHOLE);
    return read();
  } finally {
    clearInterval(again);
  }
}

const QUIET_MS = 2000;

/** Waits until nothing more is written. */
async function quiet(read: () => string): Promise<void> {
  for (let length = -1; length !== read().length; await pause(QUIET_MS)) length = read().length;
}

/** Two ends of a connection; `ours` does not read before it is asked to. */
async function connectSockets(): Promise<{ ours: Socket; theirs: Socket }> {
  const path = join(makeStateDirectory(), 'socket');
  return new Promise((resolve) => {
    const server = createServer({ pauseOnConnect: true }, (ours) => {
      server.close();
      resolve({ ours, theirs });
    }).listen(path);
    const theirs = connect(path);
  });
}
