import { execFileSync } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import * as vm from 'node:vm';
import { isMainThread, Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { seed as createRandom } from '../fuzz/random.js';
import type { Told, Truth } from './observer.js';
import { observe } from './observer.js';
import { SHAPES, WASM, writeProgram } from './shapes.js';

/**
 * Runs generated programs on main, each of which stops in native code at its end, while another thread reads main's
 * stack from memory and holds it against V8's own words for it.
 *
 * Arguments: programs, seed, a FIFO.
 */
const [, , programs = '20', seed = '1', fifo = ''] = process.argv;

const flag = new Int32Array(new SharedArrayBuffer(4));

if (isMainThread) runPrograms();
else observe(fifo);

type Site = NodeJS.CallSite & {
  isAsync?(): boolean;
  getScriptNameOrSourceURL?(): string | null;
  getEnclosingLineNumber?(): number;
  getEnclosingColumnNumber?(): number;
};

function runPrograms(): void {
  const agent = new Worker(__filename, {
    argv: process.argv.slice(2),
    workerData: { flag },
    resourceLimits: AGENT_LIMITS,
  });
  const random = createRandom(Number(seed));
  const names = Object.keys(SHAPES);
  const holds = createHolds((truth) => agent.postMessage({ truth, shapes } satisfies Told));
  let shapes: readonly string[] = [];
  agent.once('message', () => {
    for (let count = 0; count < Number(programs); count += 1) {
      const [holdName, hold] = holds[count % holds.length] ?? ['', () => 0];
      // Every shape in turn, with others around it.
      shapes = [
        ...Array.from({ length: random.below(4) }, () => random.pick(names)),
        names[count % names.length] ?? 'plain',
        ...Array.from({ length: random.below(4) }, () => random.pick(names)),
      ];
      const filename = random.below(5) > 0 ? `/generated/program-${count}.js` : `/generated/\u4e16-${count}.js`;
      const make = vm.runInThisContext(writeProgram(shapes), { filename, lineOffset: count % 3 });
      const run = make(hold, EventEmitter, vm, Uint8Array.from(WASM)) as (dry: boolean) => unknown;
      // Half of them are run until V8 has optimised them.
      const rounds = count % 2 === 0 ? 0 : /eval|context|wasm/.test(shapes.join()) ? 400 : 4000;
      for (let round = 0; round < rounds; round += 1) run(true);
      shapes = [holdName, rounds > 0 ? 'warm' : 'cold', ...shapes];
      run(false);
    }
    agent.postMessage({ isLast: true } satisfies Told);
  });
}

/** Each blocks in native code, on the line on which it tells its own stack. */
function createHolds(tell: (truth: Truth) => void): readonly (readonly [string, (dry: boolean) => unknown])[] {
  const text = JSON.stringify(Array.from({ length: 150_000 }, (_, index) => ({ index, name: `n${index}` })));
  const bytes = randomBytes(6_000_000);
  const capture = (): number => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    Error.stackTraceLimit = 300;
    Error.prepareStackTrace = (_, sites) => sites;
    const sites = new Error('here').stack as unknown as readonly Site[];
    Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
    Error.stackTraceLimit = stackTraceLimit;
    tell(
      sites
        .slice(1)
        .filter((site) => !site.isAsync?.())
        .map(describeSite),
    );
    return 1;
  };
  function hold0(dry: boolean) {
    return dry ? 0 : [capture(), Atomics.wait(flag, 0, 0, 20_000)];
  }
  function hold1(dry: boolean) {
    return dry ? 0 : [capture(), readFileSync(fifo)];
  }
  function hold2(dry: boolean) {
    return dry ? 0 : [capture(), JSON.parse(text)];
  }
  function hold3(dry: boolean) {
    return dry ? 0 : [capture(), pbkdf2Sync('word', 'salt', 150_000, 64, 'sha512')];
  }
  function hold4(dry: boolean) {
    return dry ? 0 : [capture(), execFileSync('cat', [fifo])];
  }
  function hold5(dry: boolean) {
    return dry ? 0 : [capture(), gzipSync(bytes)];
  }
  return [
    ['atomics', hold0],
    ['fifo', hold1],
    ['json', hold2],
    ['pbkdf2', hold3],
    ['exec', hold4],
    ['gzip', hold5],
  ];
}

function describeSite(site: Site) {
  return {
    name: site.getFunctionName() ?? '',
    file:
      site.getScriptNameOrSourceURL?.() || site.getFileName() || (site.isEval() ? (site.getEvalOrigin() ?? '') : ''),
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0,
    enclosing: `${site.getEnclosingLineNumber?.() ?? 0}:${site.getEnclosingColumnNumber?.() ?? 0}`,
    isConstructor: site.isConstructor(),
  };
}
