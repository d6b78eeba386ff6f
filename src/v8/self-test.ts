import { EventEmitter } from 'node:events';
import { runInThisContext } from 'node:vm';
import type { Call } from './calls.js';
import { typeOf } from './heap.js';
import type { Reading } from './reading.js';
import { type Sample, sampleThread } from './sample.js';
import { readString } from './strings.js';

/**
 * Reads a stack of our own through memory, and holds it against V8's own words for it: each call's function, file, line,
 * column and start, and six strings in it. A layout that is wrong anywhere fails here, before a report depends on it.
 *
 * It reads before anything has made a stack trace: that would compute line ends, and hide a wrong place of the source. Its
 * functions are compiled anew each time, so that they are interpreted.
 */
export function testReading(
  reading: Reading,
  isolate: number,
  stackEnd: (address: number) => number | undefined,
): string {
  const nonce = Math.random().toString(36).slice(2);
  // A name of two-byte characters that V8 has put together.
  const filename = `guru-meditation-\u4e16-${nonce}.js`;
  const strings = makeStrings(nonce);
  const kinds = new Set<number>();
  const samples: Sample[] = [];
  let told: readonly (string | undefined)[] = [];
  const read = () => {
    const sample = sampleThread(reading, isolate, { stackEnd, below: LEAF });
    samples.push(sample);
    told = readArguments(reading, sample, strings.length, kinds);
  };
  const run = runInThisContext(makeSource(nonce), { filename, lineOffset: 3, columnOffset: 5 }) as TestProgram;
  const sites = withCallSites(() => run(read, new EventEmitter(), strings));
  const { cons, sliced } = reading.layout.strings;
  const [sample] = samples;
  if (sample?.kind !== 'native') return sample?.kind === 'unknown' ? sample.reason : 'we are not in native code';
  const wrongCall = compareCalls(sample.walked.calls, sites, filename);
  if (wrongCall !== undefined) return wrongCall;
  if (!sample.walked.isComplete) return sample.walked.reason;
  const wrong = strings.findIndex((text, index) => told[index] !== text);
  if (wrong >= 0) return `string ${wrong} is read wrong`;
  // A thin string is not asked for: a collection may have shortened it.
  return kinds.has(cons) && kinds.has(sliced) ? '' : 'not every kind of string was seen';
}

const LEAF = 'gmrLeaf';
type TestProgram = (read: () => void, emitter: EventEmitter, strings: readonly string[]) => readonly Site[];
type Site = NodeJS.CallSite & {
  getScriptNameOrSourceURL?(): string | null;
  getEnclosingLineNumber?(): number;
  getEnclosingColumnNumber?(): number;
};

/** C++ between JavaScript, a builtin between, a private method, a constructor, a name that is computed, arrows, a method of Node's own. */
function makeSource(nonce: string): string {
  return `(function (read, emitter, strings) { const gmrFirst = f => f();
  function gmrLeaf(a, b, c, d, e, f) { read(); return new Error('x').stack; }
  class GmrBox { constructor(v) { this.out = v ? this.#go(v) : 0;
    }
    #go(v) {
    let out; JSON.parse('[1]', function gmrReviver(k, x) { if (k === '') out = gmrLeaf(...strings);
      return x; }); return out; } }
  const gmrArrow = v =>
     new GmrBox(v).out;
  const gmrHolder = { ['gmr' + 'Computed'](v) { return gmrArrow(v); } };
  function gmrOuter() {
    let out; emitter.on('x', function gmrOn() { out = [1].map(function gmrMapper(v) { return gmrHolder.gmrComputed(v); })[0]; });
    emitter.emit('x'); return out; }
  return gmrFirst(gmrOuter);
})
//# sourceURL=${nonce}.url
//# sourceMappingURL=${nonce}.map`;
}

const EXPECTED =
  'gmrLeaf gmrReviver parse #go GmrBox gmrArrow gmrComputed gmrMapper map gmrOn emit gmrOuter gmrFirst'.split(' ');

/** Sequential, made of two (two-byte), made of two, part of one, internalized behind another, sequential of two bytes. */
function makeStrings(nonce: string): readonly string[] {
  const long = `abcdefghijklmnop${nonce}`;
  const twoByte = `\u4e16\u754c${nonce}${long}`;
  const thin = `thin${long}`;
  const holder: { [name: string]: number } = {};
  holder[thin] = 1;
  const flat = JSON.parse(JSON.stringify(twoByte)) as string;
  return [`one${nonce}`, twoByte, `${long}|${nonce}`, (long + long + long).slice(3, 40), thin, flat];
}

function readArguments(
  reading: Reading,
  sample: Sample,
  count: number,
  kinds: Set<number>,
): readonly (string | undefined)[] {
  const leaf =
    sample.kind === 'native' ? sample.walked.calls.find(({ functionName }) => functionName === LEAF) : undefined;
  const { memory, layout } = reading;
  return Array.from({ length: leaf ? count : 0 }, (_, index) => {
    const pointer = memory.freshWord((leaf?.frame ?? 0) + layout.frames.receiver + (index + 1) * 8);
    kinds.add(typeOf(reading, pointer) & layout.strings.representationMask);
    return readString(reading, pointer);
  });
}

/** V8's own words for a stack; the application may have put others in their place, but not on our thread. */
function withCallSites(run: () => readonly Site[]): readonly Site[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = EXPECTED.length + 1;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace) Error.prepareStackTrace = prepareStackTrace;
    else Reflect.deleteProperty(Error, 'prepareStackTrace');
  }
}

function compareCalls(calls: readonly Call[], sites: readonly Site[], filename: string): string | undefined {
  const start = calls.findIndex(({ functionName }) => functionName === LEAF);
  if (start < 0) return 'our own stack is not found';
  for (const [index, expected] of EXPECTED.entries()) {
    const call = calls[start + index];
    const site = sites[index];
    if (!call || !site) return `call ${index} is missing`;
    const name = call.functionName.replace(/^new /, '');
    if (name !== expected || site.getFunctionName() !== expected) return `call ${index} is ${name}, not ${expected}`;
    if (call.functionName.startsWith('new ') !== site.isConstructor())
      return `call ${index} has the wrong constructor flag`;
    const wrong = comparePlace(call, site, index);
    if (wrong) return `call ${index} has a wrong ${wrong}`;
    const isOwn = site.getFileName() === filename;
    if (isOwn && call.code !== 'interpreted' && call.code !== 'baseline') return 'our own functions are optimised';
  }
  return undefined;
}

function comparePlace(call: Call, site: Site, index: number): string | undefined {
  if (site.getFileName() === null || site.isNative()) return call.kind === 'builtin' ? undefined : 'kind';
  if (call.file !== (site.getScriptNameOrSourceURL?.() ?? site.getFileName())) return 'file';
  if (call.line !== site.getLineNumber() || call.inexact) return 'line';
  // The innermost call is `read` in one, and the stack's own in the other.
  if (index > 0 && call.column !== site.getColumnNumber()) return 'column';
  const line = site.getEnclosingLineNumber?.() ?? call.enclosingLine;
  const column = site.getEnclosingColumnNumber?.() ?? call.enclosingColumn;
  return call.enclosingLine === line && call.enclosingColumn === column ? undefined : 'start';
}
