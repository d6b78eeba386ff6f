import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findPlace } from './local.js';
import { fileError } from './write.js';

/*
 * A path on a file system that may not answer is touched by a process of its own: unlike a thread, it can be left
 * behind. It costs a start of Node (about 40 ms), so it is for files that matter: certificates, a log directory.
 */

/** Programs for `node -e`: their arguments begin at `process.argv[1]`. */
const READ = `
const fs = require('fs');
const [, path, max] = process.argv;
const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
const stats = fs.fstatSync(fd);
if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
if (stats.size > Number(max)) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
process.stdout.write(fs.readFileSync(fd));
`;
const WRITE = `
const fs = require('fs');
const [, directory, name] = process.argv;
const made = [];
for (let at = directory; !fs.existsSync(at) && made.length < 64; at = require('path').dirname(at)) made.unshift(at);
for (const one of made) {
  // Another process may be faster.
  try { fs.mkdirSync(one, 0o700); } catch (error) { if (error.code !== 'EEXIST') throw error; }
}
const partial = directory + '/.' + name + '.' + process.pid;
try {
  fs.writeFileSync(partial, fs.readFileSync(0), { flag: 'wx', mode: 0o600 });
  fs.renameSync(partial, directory + '/' + name);
} catch (error) {
  fs.rmSync(partial, { force: true });
  throw error;
}
`;
/** The caller needs no more of an error than its code. 1 is the exit code with which Node itself ends on an error. */
const RUN = (script: string) =>
  `try {${script}} catch (error) { console.error(error.code ?? error.message); process.exitCode = 1; }`;

/** Paths that a helper still hangs on. No second helper is started for them. */
const hung = new Set<string>();

/** The number of deadlines that a helper gets if it only waits for a CPU, on a busy machine. */
const PATIENCE = 5;

/** @throws Error, as a rejection, with the helper's code, or `ETIMEDOUT` if it took longer than `deadlineMs` */
export function readRemote(path: string, maxBytes: number, deadlineMs: number): Promise<Buffer> {
  return runHelper(READ, [path, String(maxBytes)], undefined, deadlineMs);
}

/** @throws as `readRemote` does */
export async function writeRemote(directory: string, name: string, bytes: Buffer, deadlineMs: number): Promise<void> {
  await runHelper(WRITE, [directory, name], bytes, deadlineMs);
}

function runHelper(
  script: string,
  args: readonly string[],
  input: Buffer | undefined,
  deadlineMs: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (!findPlace(process.execPath).isLocal) {
      reject(fileError('EREMOTE', 'it is not on a local file system, and neither is Node'));
      return;
    }
    const [path = ''] = args;
    if (hung.has(path)) {
      reject(fileError('ETIMEDOUT', 'the file system has not answered since it was asked before'));
      return;
    }
    const child = spawn(process.execPath, ['-e', RUN(script), ...args], { cwd: '/', env: {}, stdio: 'pipe' });
    const output: Buffer[] = [];
    let complaint = '';
    const finish = (error: Error | undefined) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(Buffer.concat(output));
    };
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks < PATIENCE && isRunnable(child.pid)) {
        timer = setTimeout(look, deadlineMs);
        return;
      }
      hung.add(path);
      child.once('exit', () => hung.delete(path));
      child.kill('SIGKILL');
      // In an uninterruptible wait the helper lives on until its file system answers. This process does not wait for it.
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      finish(fileError('ETIMEDOUT', `the file system did not answer in ${looks * deadlineMs} ms`));
    };
    let timer = setTimeout(look, deadlineMs);
    child.on('error', finish);
    child.stdin.on('error', () => {});
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('close', (code) => {
      const word = complaint.trim() || `ended with ${code}`;
      finish(code === 0 ? undefined : fileError(/^E[A-Z]+$/.test(word) ? word : 'EIO', word));
    });
    child.stdin.end(input);
  });
}

/** Whether the letter of its state is `R`: proc_pid_stat(5). */
function isRunnable(pid: number | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) === 'R';
  } catch {
    return false;
  }
}
