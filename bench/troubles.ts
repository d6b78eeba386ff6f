/** A program in trouble, and the right report of it. */
export interface Trouble {
  /** A state of test/apps/states.mjs. */
  readonly state: string;
  /** If several rows are of one state. */
  readonly title?: string;
  /** The state as the report says it, of main or of the worker `stuck`. */
  readonly says: RegExp;
  /** The report has to name each: the function, the file of the system, the command. */
  readonly culprits?: readonly RegExp[];
  /** The report must not say it. */
  readonly never?: RegExp;
  /** The report has to say since when: the state began when the program said `up`. If others say it, it has to be true. */
  readonly lasts?: true;
  readonly env?: { readonly [name: string]: string };
  /** Milliseconds before the signal. */
  readonly settleMs?: number;
  /** Spinning processes beside it. */
  readonly busy?: number;
}

const RUNNING = /^running JavaScript/;
const NATIVE = /^in native code/;
const WAITING = /^waiting in Atomics\.wait/;
const CHILD = /^waits for its child/;
const IDLE = /^idle$/;

export const TROUBLES: readonly Trouble[] = [
  { state: 'idle', says: IDLE },
  { state: 'server', says: IDLE },
  { state: 'idle', title: 'idle, machine busy', says: IDLE, busy: 8 },
  { state: 'pool-idle', says: IDLE, never: /^pool = /m },
  { state: 'loop', says: RUNNING, culprits: [/in .*spinForever/], lasts: true },
  { state: 'loop', title: 'loop, machine busy', says: RUNNING, culprits: [/in .*spinForever/], lasts: true, busy: 8 },
  { state: 'loop', title: 'loop at start-up', says: RUNNING, culprits: [/in .*spinForever/], env: { AT_ONCE: '1' } },
  { state: 'regex', says: RUNNING, culprits: [/in .*matchForever/], lasts: true },
  // Or V8 collects its garbage just then.
  {
    state: 'allocation',
    says: /^(?:running JavaScript|in native code)/,
    culprits: [/in .*allocateForever/],
    lasts: true,
  },
  { state: 'await-loop', says: RUNNING, culprits: [/in .*drainQueue/], lasts: true },
  { state: 'poll', says: RUNNING, culprits: [/in .*waitUntilReady/], lasts: true },
  { state: 'barrier', says: RUNNING, culprits: [/in .*waitForSettled/], lasts: true },
  { state: 'then-chain', says: RUNNING, culprits: [/in .*chainNext/], lasts: true },
  { state: 'next-tick', says: RUNNING, culprits: [/in .*retryNow/], lasts: true },
  { state: 'microtask', says: RUNNING, culprits: [/in .*queueAgain/], lasts: true },
  {
    state: 'two-jobs',
    says: RUNNING,
    culprits: [/in .*pump(?:Orders|Stock)/],
    lasts: true,
  },
  { state: 'immediate', says: RUNNING, culprits: [/in .*pumpImmediates/] },
  { state: 'port', says: RUNNING, culprits: [/in .*answerPing/] },
  { state: 'atomics', says: WAITING, culprits: [/in .*waitForever/], lasts: true },
  { state: 'exec', says: CHILD, culprits: [/^state = waits for its child: sleep \d+ \(pid \d+\)/m], lasts: true },
  { state: 'spawn', says: CHILD, culprits: [/^state = waits for its child: sleep \d+ \(pid \d+\)/m], lasts: true },
  { state: 'fifo', says: NATIVE, culprits: [/^kernel = sleeping .*system call open/m, /in .*readPipe/], lasts: true },
  {
    state: 'json',
    says: NATIVE,
    // It waits for V8's helpers now and then, which collect its garbage.
    culprits: [/^kernel = (?:running|sleeping in futex)/m, /in .*parseHuge/],
    lasts: true,
    env: { JSON_ITEMS: '12000000' },
    settleMs: 400,
  },
  { state: 'pbkdf2', says: NATIVE, culprits: [/^kernel = running/m, /in .*deriveKey/], lasts: true },
  { state: 'pool', says: IDLE, culprits: [/^pool = 4 of 4 pool threads are busy: 4 in open(?:at)? \(/m] },
  { state: 'worker:loop', says: RUNNING, culprits: [/in .*spinForever/] },
  { state: 'worker:await-loop', says: RUNNING, culprits: [/in .*drainQueue/] },
  { state: 'worker:port', says: RUNNING, culprits: [/in .*answerPing/] },
  { state: 'worker:atomics', says: WAITING, culprits: [/in .*waitForever/] },
  { state: 'worker:fifo', says: NATIVE, culprits: [/^kernel = .*system call open/m, /in .*readPipe/], lasts: true },
  {
    state: 'worker:exec',
    says: CHILD,
    culprits: [/^state = waits for its child: sleep \d+ \(pid \d+\)/m],
    lasts: true,
  },
  { state: 'worker:idle', says: IDLE },
  {
    state: 'workers',
    says: IDLE,
    culprits: [/^name = pool-49$/m],
    never: /^name = pool-\d+\nstate = (?!idle$)/m,
    settleMs: 4000,
    // All fifty are to answer, however slow the machine is.
    env: { GMR_DEADLINE_MS: '10000' },
  },
  { state: 'exit', says: RUNNING, culprits: [/in .*flushOnExit/], lasts: true },
  {
    state: 'ending',
    says: NATIVE,
    culprits: [/^note = not known: the process is ending$/m, /^note = the process is ending/m],
    lasts: true,
  },
];
