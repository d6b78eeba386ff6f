/**
 * Functions that wait, of many shapes, in the text of one program. Before each `await` that is reached and not left stands a
 * comment with the name of its function: its place is the truth. Of `for await` V8 tells the place of the variable. `hold` gives a promise that is kept, and never settled.
 */
export const FILENAME = '/generated/suspended.js';

/** Functions of one round, and how many of each wait; `,` separates chains, from the outermost waiter inwards. */
export interface Shape {
  readonly text: string;
  readonly run: string;
  readonly chains: string;
}

const JOINS: readonly Shape[] = [
  {
    text: 'async function allLeft() { /*allLeft*/await hold(); }\nasync function allOuter() { /*allOuter*/await Promise.all([allLeft(), 1, allLeft(), 2]); }',
    run: 'allOuter()',
    chains: 'allOuter > Promise.all 2/4 > allLeft',
  },
  {
    text: 'async function settledLeft() { /*settledLeft*/await hold(); }\nasync function settledOuter() { /*settledOuter*/await Promise.allSettled([settledLeft(), Promise.reject(1)]); }',
    run: 'settledOuter()',
    chains: 'settledOuter > Promise.allSettled 1/2 > settledLeft',
  },
  {
    text: 'async function anyLeft() { /*anyLeft*/await hold(); }\nasync function anyOuter() { /*anyOuter*/await Promise.any([Promise.reject(1), anyLeft()]); }',
    run: 'anyOuter()',
    chains: 'anyOuter > Promise.any > anyLeft',
  },
  {
    text: 'async function raceLeft() { /*raceLeft*/await hold(); }\nasync function raceRight() { /*raceRight*/await hold(); }\nasync function raceOuter() { /*raceOuter*/await Promise.race([raceLeft(), raceRight()]); }',
    run: 'raceOuter()',
    chains: 'raceOuter > Promise.race > raceLeft, raceOuter > Promise.race > raceRight',
  },
  {
    text: 'async function deepLeft() { /*deepLeft*/await hold(); }\nasync function deepOuter() { /*deepOuter*/await Promise.all([Promise.all([deepLeft()]).then(x => x)]); }',
    run: 'deepOuter()',
    chains: 'deepOuter > Promise.all 0/1 > deepLeft',
  },
];

const CALLS: readonly Shape[] = [
  { text: 'async function plain() {\n  /*plain*/await hold();\n}', run: 'plain()', chains: 'plain' },
  {
    text: 'async function inner() { /*inner*/await hold(); }\nasync function middle() {\n  return 1 + /*middle*/await inner(); }\nasync function outer() { /*outer*/await middle(); }',
    run: 'outer()',
    chains: 'outer > middle > inner',
  },
  { text: 'const arrow = async () => { /*arrow*/await hold(); };', run: 'arrow()', chains: 'arrow' },
  { text: 'const short = async () => /*short*/await hold();', run: 'short()', chains: 'short' },
  { text: 'class Box { async method() { /*method*/await hold(); } }', run: 'new Box().method()', chains: 'method' },
  {
    text: 'class Safe { async #secret() { /*#secret*/await hold(); } open() { return this.#secret(); } }',
    run: 'new Safe().open()',
    chains: '#secret',
  },
  { text: 'class Fixed { static async fixed() { /*fixed*/await hold(); } }', run: 'Fixed.fixed()', chains: 'fixed' },
  { text: 'const thing = { async member() { /*member*/await hold(); } };', run: 'thing.member()', chains: 'member' },
  {
    text: "const computed = { async ['comp' + 'uted']() { /*computed*/await hold(); } };",
    run: 'computed.computed()',
    chains: 'computed',
  },
  {
    text: 'async function defaults(a = 1, b = hold(a)) { /*defaults*/await b; }',
    run: 'defaults()',
    chains: 'defaults',
  },
  {
    text: 'async function takesApart({ a }, ...rest) { let n = rest.length; const f = () => n++; f(); /*takesApart*/await a(n); return f; }',
    run: 'takesApart({ a: hold }, 1)',
    chains: 'takesApart',
  },
  {
    text: 'async function inLoop() { for (let i = 0; i < 9; i += 1) { if (i === 3) /*inLoop*/await hold(); else await null; } }',
    run: 'inLoop()',
    chains: 'inLoop',
  },
  {
    text: 'async function inFinally() { try { await Promise.reject(1); } catch { await 2; } finally { /*inFinally*/await hold(); } }',
    run: 'inFinally()',
    chains: 'inFinally',
  },
  {
    text: 'async function inTemplate(x) { return [`$' + '{await 1} $' + '{/*inTemplate*/await hold()}`, x]; }',
    run: 'inTemplate()',
    chains: 'inTemplate',
  },
  {
    text: 'async function hot(now) { if (!now) { await 1; return; }\n  /*hot*/await hold(); }\nasync function warm() { for (let i = 0; i < 4000; i += 1) await hot(false); }',
    run: 'hot(true)',
    chains: 'hot',
  },
  {
    text:
      'async function manyLocals() { ' +
      Array.from({ length: 90 }, (_, i) => `let v${i} = ${i}; const f${i} = () => v${i}++;`).join(' ') +
      ' /*manyLocals*/await hold(f1()); return [' +
      Array.from({ length: 90 }, (_, i) => `f${i}`).join() +
      ']; }',
    run: 'manyLocals()',
    chains: 'manyLocals',
  },
];

const PROMISES: readonly Shape[] = [
  {
    text: 'async function thenLeaf() { /*thenLeaf*/await hold(); }\nasync function chained() { /*chained*/await thenLeaf().then(x => x).then(x => x).catch(() => 1).finally(() => 2); }',
    run: 'chained()',
    chains: 'chained > thenLeaf',
  },
  {
    text: 'async function returnLeaf() { /*returnLeaf*/await hold(); }\nasync function returns() { return returnLeaf(); }\nasync function waitsForReturns() { /*waitsForReturns*/await returns(); }',
    run: 'waitsForReturns()',
    chains: 'waitsForReturns > returnLeaf',
  },
  {
    text: 'async function resolveLeaf() { /*resolveLeaf*/await hold(); }\nasync function resolves() { /*resolves*/await new Promise(r => r(resolveLeaf())); }',
    run: 'resolves()',
    chains: 'resolves > resolveLeaf',
  },
  {
    text: 'async function thenable() { /*thenable*/await { then(r) { keep.push(r); } }; }',
    run: 'thenable()',
    chains: 'thenable',
  },
  {
    text: 'class Own extends Promise {}\nasync function subclass() { /*subclass*/await new Own(r => keep.push(r)); }',
    run: 'subclass()',
    chains: 'subclass',
  },
  {
    text: 'const shared = hold();\nasync function sharing() { /*sharing*/await shared; }',
    run: 'sharing()',
    chains: 'sharing',
  },
  { text: 'async function realm() { /*realm*/await elsewhere(hold); }', run: 'realm()', chains: 'realm > there' },
  {
    text: 'class Lock { queue = []; held = true; acquire() { return new Promise(r => this.queue.push(r)); } }\nconst lock = new Lock();\nasync function locked() { /*locked*/await lock.acquire(); }',
    run: 'locked()',
    chains: 'locked',
  },
  {
    text: 'const pending = new Map();\nasync function pooled() { /*pooled*/await new Promise((resolve, reject) => pending.set({}, { resolve, reject })); }',
    run: 'pooled()',
    chains: 'pooled',
  },
  {
    text: 'async function listens() { const e = new events.EventEmitter(); keep.push(e); /*listens*/await events.once(e, "x"); }',
    run: 'listens()',
    chains: 'listens',
  },
  { text: 'async function sleeps() { /*sleeps*/await timers.setTimeout(1e8); }', run: 'sleeps()', chains: 'sleeps' },
];

const GENERATORS: readonly Shape[] = [
  {
    text: 'async function* many() { yield 1; /*many*/await hold(); }\nasync function consumes() { for await (const /*consumes*/x of many()) void x; }',
    run: 'consumes()',
    chains: 'consumes > many',
  },
  {
    text: 'async function* below() { /*below*/await hold(); }\nasync function* above() { yield* below(); }\nasync function takes() { /*takes*/await above().next(); }',
    run: 'takes()',
    chains: 'takes > above > below',
  },
  {
    text: 'async function* yields() { yield /*yields*/await hold(); }\nasync function asks() { const g = yields(); /*asks*/await g.next(); }',
    run: 'asks()',
    chains: 'asks > yields',
  },
  {
    text: 'async function overList() { for await (const /*overList*/x of [1, hold()]) void x; }',
    run: 'overList()',
    chains: 'overList',
  },
  {
    text: 'const source = { [Symbol.asyncIterator]: () => ({ next: () => hold() }) };\nasync function overOwn() { for await (const /*overOwn*/x of source) void x; }',
    run: 'overOwn()',
    chains: 'overOwn',
  },
];

export const SHAPES: readonly Shape[] = [...CALLS, ...JOINS, ...PROMISES, ...GENERATORS];

/** What has ended, has not begun, or waits for whoever asks: none of it is suspended at an `await`. */
const DECOYS = `async function ended() { await 1; return 2; }
async function failed() { await 1; throw 3; }
async function* fresh() { await hold(); }
async function* resting() { yield 1; await hold(); }
async function decoys() { const g = resting(); await g.next(); keep.push(g, fresh(), ended(), failed().catch(() => 1)); }`;

/** The text of the program: a function that starts \`rounds\` of each shape, and resolves when all of them wait. */
export function writeProgram(): string {
  return `(function (hold, keep, events, timers, elsewhere) {
${SHAPES.map(({ text }) => text).join('\n')}
${DECOYS}
return async rounds => {
  await warm();
  for (let round = 0; round < rounds; round += 1) {
    await decoys();
    keep.push(${SHAPES.map(({ run }) => run).join(', ')});
  }
};
})`;
}

/** In another realm: with Maps and builtins of its own. */
export const ELSEWHERE = '(async function there(hold) {\n  /*there*/await hold(); })';
export const ELSEWHERE_FILENAME = '/generated/elsewhere.js';

export interface TruePlace {
  readonly name: string;
  readonly place: string;
}

/** Where each marked `await` is. */
export function findPlaces(text: string, filename: string): readonly TruePlace[] {
  return [...text.matchAll(/\/\*(#?\w+)\*\//g)].map((match) => {
    const before = text.slice(0, match.index + match[0].length).split('\n');
    return { name: match[1] ?? '', place: `${filename}:${before.length}:${(before.at(-1) ?? '').length + 1}` };
  });
}
