// One program for each way to be stuck: `node states.mjs <state>`; says `up` when it is about to be in it.
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { setupAutorun } from 'guru-meditation';

const MS = Number(process.env.STUCK_MS ?? 20_000);
const up = () => readFileSync && process.stdout.write('up\n');
const until = () => Date.now() + MS;

const states = {
  idle: function stayIdle() {
    setInterval(() => {}, 60_000);
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
  exec: function runCommand() {
    execSync(`sleep ${MS / 1000}`);
  },
  fifo: function readPipe() {
    readFileSync(process.env.FIFO);
  },
  json: function parseHuge() {
    const text = `[${'{"a":[1,2,3]},'.repeat(Number(process.env.JSON_ITEMS ?? 3_000_000))}0]`;
    up();
    JSON.parse(text);
  },
  pbkdf2: function deriveKey() {
    pbkdf2Sync('a', 'b', Number(process.env.ROUNDS ?? 20_000_000), 64, 'sha512');
  },
  worker: function startSpinningWorker() {
    new Worker(new URL(import.meta.url), { workerData: 'loop', name: 'spinner' });
    setInterval(() => {}, 60_000);
  },
  workers: function startManyWorkers() {
    for (let n = 0; n < 50; n += 1) new Worker(new URL(import.meta.url), { workerData: 'idle', name: `pool-${n}` });
    setInterval(() => {}, 60_000);
  },
  exit: function endSlowly() {
    process.on('exit', function flushOnExit() {
      up();
      const end = until();
      while (Date.now() < end);
    });
    process.exitCode = 7;
  },
};

const state = isMainThread ? process.argv[2] : workerData;
const enter = states[state];
const begin = () => {
  if (isMainThread && !['json', 'exit'].includes(state)) up();
  enter();
};
// When the agent listens, unless start-up is the point.
if (process.env.AT_ONCE || !isMainThread) begin();
else setupAutorun().ready.then(() => setTimeout(begin));
