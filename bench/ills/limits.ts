import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { nodeOf } from '../../test/faults/other-user.js';
import { makeCgroup, TWENTIETH } from '../../test/places/cgroup.js';
import { type Program, startNode } from '../../test/process/start.js';
import { EXIT_CODE, type Ill, type Setup, strikeLater } from './ill.js';

/** Runs Node by a shell that has set a limit. */
function underLimit(ulimit: string): Pick<Setup, 'start'> {
  return {
    start: (args, options) =>
      startNode(['-c', `ulimit ${ulimit}; exec "$0" "$@"`, process.execPath, ...args], { ...options, command: 'sh' }),
  };
}

function outOfDescriptors(free: number): Ill {
  return {
    name: `no descriptor left (EMFILE), ${free} free`,
    prepare: () => ({
      ...underLimit('-n 64'),
      later: `const opened = [];
        try { for (;;) opened.push(fs.openSync('/dev/null')); } catch {}
        for (let n = 0; n < ${free}; n += 1) fs.closeSync(opened.pop())`,
      strike: strikeLater,
    }),
  };
}

/** No other process is this user's: the limit counts them all. */
const LONELY_USER = 61_234;
const asLonely = ['--reuid', String(LONELY_USER), '--clear-groups'];
const LOST = /^gmr: the agent thread ended \(.*\); it is started again$/m;
/** Node alone has seven, and its pool's would be four more: by `--import`, Node 20 ends itself for want of those. */
const THREADS = '7';
const PLENTY = '100';

/** A program that cannot have a thread for a while: it says so, and reports when it can. */
function withoutThreads(isArmed: boolean, raise: (program: Program) => void): Setup {
  return {
    isEvaluated: true,
    text: `process.stdin.on('data', () => process.exit(${EXIT_CODE})); setInterval(() => {}, 1000); console.log('up');`,
    env: { GMR_SPOOL_DIR: 'none' },
    async strike(program) {
      if (isArmed) await program.untilStderr(LOST);
      raise(program);
    },
    ...(isArmed ? { says: LOST } : {}),
  };
}

function busy(name: string, count: number, niceness: number): Ill {
  return {
    name,
    prepare() {
      const spinning = Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done']));
      return {
        strike: ({ pid }) =>
          void execFileSync('renice', ['-n', String(niceness), '-p', ...readdirSync(`/proc/${pid}/task`)]),
        says: /^main = idle/m,
        undo() {
          for (const one of spinning) one.kill('SIGKILL');
        },
      };
    },
  };
}

export const LIMITS: readonly Ill[] = [
  outOfDescriptors(1),
  outOfDescriptors(0),
  {
    name: 'no thread to be had (RLIMIT_NPROC), then raised',
    needs: ['root', 'prlimit'],
    prepare: ({ isArmed }) => ({
      ...withoutThreads(isArmed, ({ pid }) => {
        const limits = ['prlimit', '--pid', String(pid), `--nproc=${PLENTY}:${PLENTY}`];
        execFileSync('setpriv', [...asLonely, ...limits]);
      }),
      start(args, options) {
        const limits = ['prlimit', `--nproc=${THREADS}:${PLENTY}`, '--'];
        return startNode([...asLonely, ...limits, nodeOf(LONELY_USER), ...args], { ...options, command: 'setpriv' });
      },
    }),
  },
  {
    name: 'no thread to be had (pids.max), then raised',
    needs: ['root', 'cgroup pids'],
    prepare({ isArmed }) {
      const group = makeCgroup('pids', { 'pids.max': THREADS });
      return {
        ...withoutThreads(isArmed, () => group.set('pids.max', PLENTY)),
        start: (args, options) =>
          startNode(['-c', `echo $$ > ${group.processes}; exec "$0" "$@"`, process.execPath, ...args], {
            ...options,
            command: 'sh',
          }),
        undo: () => group.remove(),
      };
    },
  },
  {
    name: 'address space limited (RLIMIT_AS, 1,700 MB)',
    prepare: ({ isArmed }) => ({
      ...underLimit('-v 1700000'),
      ...(isArmed ? { says: /^gmr: no reports can be made, .* MiB of address space/m } : {}),
      report: 'none',
      delivery: 'none',
    }),
  },
  {
    name: 'file size limited (RLIMIT_FSIZE, 4 KiB)',
    needs: ['prlimit'],
    prepare: () => ({
      strike: ({ pid }) => void execFileSync('prlimit', ['--pid', String(pid), '--fsize=4096']),
      says: /sent from memory/,
    }),
  },
  busy('busy machine: 20 spinning processes', 20, 0),
  busy('busy machine: nice 19 beside 2 spinning processes', 2, 19),
  {
    name: 'busy machine: a cgroup with 5 % of a CPU',
    needs: ['root', 'cgroup cpu'],
    prepare() {
      const group = makeCgroup('cpu', TWENTIETH);
      return { strike: ({ pid }) => group.add(pid), says: /^main = idle/m, undo: () => group.remove() };
    },
  },
];
