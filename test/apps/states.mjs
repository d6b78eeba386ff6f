// One program for each way to be stuck: `node states.mjs <state>`; says `up`, and the time, when it is about to be in it.
import { execSync, spawnSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { existsSync, promises, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread, MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads';
import { setupAutorun } from 'guru-meditation';

const MS = Number(process.env.STUCK_MS ?? 20_000);
const { RELEASE } = process.env;
const up = (at = Date.now()) => process.stdout.write(`up ${at}\n`);
const until = () => Date.now() + MS;

/** Promise jobs alone: what the loop would do, an end included, never comes. */
const jobs = {
  'await-loop': async function drainQueue() {
    for (;;) await null;
  },
  poll: async function waitUntilReady() {
    const isReady = async () => false;
    while (!(await isReady())) await Promise.resolve();
  },
  barrier: async function waitForSettled() {
    for (;;) await Promise.all([Promise.resolve(1), Promise.resolve(2)]);
  },
  'then-chain': function chainNext() {
    return Promise.resolve().then(chainNext);
  },
  'next-tick': function retryNow() {
    process.nextTick(retryNow);
  },
  microtask: function queueAgain() {
    queueMicrotask(queueAgain);
  },
  'two-jobs': async function startBoth() {
    const spin = () => {
      for (let n = 0; n < 3000; n += 1) Math.sqrt(n);
    };
    async function pumpOrders() {
      for (;;) {
        await null;
        spin();
      }
    }
    async function pumpStock() {
      for (;;) {
        await null;
        spin();
      }
    }
    pumpOrders();
    pumpStock();
  },
};

let rows = [];

const states = {
  ...jobs,
  idle: function stayIdle() {
    setInterval(() => {}, 60_000);
  },
  server: function serve() {
    createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  },
  loop: function spinForever() {
    const end = until();
    let n = 0;
    while (Date.now() < end) n += 1;
    return n;
  },
  regex: function matchForever() {
    const end = until();
    while (Date.now() < end) /^(a+)+$/.test(`${'a'.repeat(27)}b`);
  },
  atomics: function waitForever() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MS);
  },
  allocation: function allocateForever() {
    const end = until();
    let kept = [];
    while (Date.now() < end) {
      kept.push(new Array(1000).fill({ n: kept.length }));
      if (kept.length > 5000) kept = [];
    }
  },
  immediate: function pumpImmediates() {
    setImmediate(pumpImmediates);
  },
  port: function sendToSelf() {
    const { port1, port2 } = new MessageChannel();
    port2.on('message', function answerPing() {
      port1.postMessage(1);
    });
    port1.postMessage(1);
  },
  exec: function runCommand() {
    execSync(`sleep ${MS / 1000}`);
  },
  spawn: function runProgram() {
    spawnSync('sleep', [String(MS / 1000)]);
  },
  fifo: function readPipe() {
    readFileSync(process.env.FIFO);
  },
  json: function parseHuge() {
    const text = `[${'{"a":[1,2,3]},'.repeat(Number(process.env.JSON_ITEMS ?? 3_000_000))}0]`;
    up();
    JSON.parse(text);
  },
  garbage: function cacheRows() {
    for (;;) {
      rows = [];
      for (let n = 0; n < 2_000_000; n += 1) rows.push({ n, list: [n] });
    }
  },
  pbkdf2: function deriveKey() {
    pbkdf2Sync('a', 'b', Number(process.env.ROUNDS ?? 20_000_000), 64, 'sha512');
  },
  pool: function fillPool() {
    for (let n = 0; n < 4; n += 1) promises.readFile(process.env.FIFO);
    setInterval(() => {}, 60_000);
  },
  'pool-idle': async function warmPool() {
    await Promise.all(Array.from({ length: 8 }, () => promises.stat('/')));
    setInterval(() => {}, 60_000);
  },
  worker: function startSpinningWorker() {
    startWorker('loop', 'spinner');
  },
  workers: function startManyWorkers() {
    let entered = 0;
    for (let n = 0; n < 50; n += 1) {
      startWorker('idle', `pool-${n}`).once('message', () => {
        entered += 1;
        if (entered === 50) up();
      });
    }
  },
  // Of each kind some, by their names; the last ones have none.
  'mixed-workers': function startMixedWorkers() {
    for (const [work, count] of [
      ['idle', 22],
      ['loop', 2],
      ['await-loop', 1],
      ['atomics', 10],
      ['exec', 5],
      ['fifo', 5],
    ]) {
      for (let n = 0; n < count; n += 1) startWorker(work, `${work}-${n}`);
    }
    for (let n = 0; n < 5; n += 1) startWorker('idle');
  },
  ending: function endBehindWorker() {
    process.once('exit', () => up());
    startWorker('exec', 'pdf').once('online', () => setTimeout(() => process.exit(4), 500));
  },
  exit: function endSlowly() {
    process.on('exit', function flushOnExit() {
      up();
      const end = until();
      // Until then, or until it is let go.
      while (Date.now() < end && !(RELEASE && existsSync(RELEASE)));
    });
    process.exitCode = 7;
  },
};

function startWorker(work, name) {
  setInterval(() => {}, 60_000);
  return new Worker(new URL(import.meta.url), { workerData: work, name });
}

// `worker:fifo`: a worker is in that state, and main is idle.
const state = isMainThread ? process.argv[2] : workerData;
const [outer, inner] = state.split(':');
const enter = inner === undefined ? states[outer] : () => startWorker(inner, 'stuck').once('message', up);
/** Others say themselves when they are in their state. */
const saysSo = inner === undefined && !['json', 'exit', 'ending', 'workers'].includes(state);
const begin = () => {
  if (!isMainThread) parentPort.postMessage(Date.now());
  else if (saysSo) up();
  enter();
};
// When the agent listens, unless start-up is the point.
if (process.env.AT_ONCE || !isMainThread) begin();
else setupAutorun().ready.then(() => setTimeout(begin));
