import { describe, expect, it } from 'vitest';
import type { Frame, InFlightRequest, InFlightSpan, Section, SectionData, Thread } from '../../src/report.js';
import { DEFAULTS } from '../../src/settings.js';
import { nameRoute } from '../../src/views/route.js';
import { renderHeader, renderSection, renderText } from '../../src/views/text.js';
import type { View } from '../../src/views/view.js';
import { REPORT } from './report.js';

const root = '/srv/shop';

/** The lines beneath the section's banner. */
function show<Name extends keyof SectionData>(name: Name, data: SectionData[Name], view: View = {}): string[] {
  const section = { name, title: 'A', status: 'ok', spanId: '', startMs: 0, endMs: 0, data } as unknown as Section;
  return renderSection(section, { root, ...view })
    .split('\n')
    .slice(3, -1);
}

function frame(place: string, more: Partial<Frame> = {}): Frame {
  const origin = place.startsWith('node:') ? 'node' : place.includes('/node_modules/') ? 'dependency' : 'application';
  return { function: 'run', file: place, line: 7, column: 3, origin, async: false, ...more };
}

function thread(id: number, more: Partial<Thread> = {}): Thread {
  return { id, osId: 100 + id, name: `t${id}`, state: 'idle', frames: [], ...more };
}

/** The frames of main's stack, as they are printed. */
function stack(frames: readonly Frame[], view: View = {}): string[] {
  const data = { threads: [thread(0, { state: 'running JavaScript', frames })], osThreads: [] };
  return show('threads', data, view).slice(5, -1);
}

const own = (name: string) => frame(`${root}/${name}.js`, { source: `${name}();` });
const router = frame(`${root}/node_modules/router/index.js`);
const scoped = frame(`${root}/node_modules/a/node_modules/@scope/b/index.js`);
const inner = frame('node:internal/timers');

describe('a stack', () => {
  it('has a line for the frames of dependencies and of Node between two of the application', () => {
    expect(stack([own('a'), router, router, scoped, inner, own('b'), inner, inner])).toEqual([
      'a.js:7:3 in run',
      '    `a();`',
      '  … 4 frames of router, @scope/b, node',
      'b.js:7:3 in run',
      '    `b();`',
      '  … 2 frames of node',
    ]);
  });

  it('always has the innermost call, and a call that stands alone', () => {
    const line = (place: string, origin: string) => `  ${place}:7:3 in run (${origin})`;
    expect(stack([router, inner, inner, own('a'), inner])).toEqual([
      line('node_modules/router/index.js', 'dependency'),
      '  … 2 frames of node',
      'a.js:7:3 in run',
      '    `a();`',
      line('node:internal/timers', 'node'),
    ]);
  });

  it('without a frame of the application has its first ten frames', () => {
    expect(stack(Array.from({ length: 14 }, () => inner))).toHaveLength(11);
  });

  it('shows the line of source of a place once, and counts calls that are repeated at once', () => {
    const same = 'a.js:7:3 in run';
    expect(stack([own('a'), own('b'), own('a'), own('a'), own('a')])).toEqual([
      same,
      '    `a();`',
      'b.js:7:3 in run',
      '    `b();`',
      same,
      '    … the same 2 more times',
    ]);
  });

  it('has each frame and whole paths in full', () => {
    const lines = stack([own('a'), router, router, own('b')], { detail: 'full' });
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe(`${root}/a.js:7:3 in run`);
  });

  it('has the lines around the innermost frame', () => {
    const near = { ...own('a'), sourceBefore: 'before();', sourceAfter: '  after();' };
    expect(stack([near])).toEqual(['a.js:7:3 in run', '     before();', '    `a();`', '       after();']);
  });

  it('keeps paths that are not beneath the root', () => {
    expect(stack([frame('/srv/shopping/a.js')])).toEqual(['/srv/shopping/a.js:7:3 in run']);
    expect(stack([frame('/a.js')], { root: '/' })).toEqual(['/a.js:7:3 in run']);
    expect(stack([own('a')], { root: undefined })[0]).toBe(`${root}/a.js:7:3 in run`);
  });
});

describe('threads', () => {
  const busy = { state: 'running JavaScript', frames: [own('a')] } as const;
  const data = {
    threads: [thread(0), thread(1), thread(2, busy), thread(3), thread(4, busy), thread(5, { note: 'late' })],
    osThreads: [
      { id: 7, name: 'libuv-worker', state: 'sleeping', cpuMs: 1.2, syscall: 'futex', wchan: 'futex_do_wait' },
      { id: 8, name: 'libuv-worker', state: 'sleeping', cpuMs: 2, syscall: 'openat', wchan: 'wait_for_partner' },
      { id: 9, name: 'V8Worker', state: 'sleeping', cpuMs: 3 },
      { id: 10, name: 'V8Worker', state: 'running', cpuMs: 4 },
      { id: 11, name: 'agent (guru-meditation)', state: 'running', cpuMs: 5 },
    ],
    pool: '1 of 2 pool threads is busy: 1 in openat',
  };
  const text = show('threads', data).join('\n');

  it('that are alike are told together, main alone, and idle ones last', () => {
    const titles = text.match(/(?<=^-{6} +)\S.*\S(?= +-{6}$)/gm);
    expect(titles).toEqual(['Thread #0', '2 Threads, #2 #4', '2 Threads, #1 #3', 'Thread #5', 'Other Threads']);
    expect(text).toContain('name = t2, t4\nstate = running JavaScript\nos id = 102, 104\na.js:7:3 in run');
  });

  it('that run no JavaScript are counted if they are idle', () => {
    expect(text).toContain('idle = 1 libuv-worker, 1 V8Worker (4 ms CPU)\nagent = agent (5 ms CPU)\n');
    expect(text).toMatch(/^ 8 {2}libuv-worker {2}sleeping .*openat$/m);
    expect(text).toMatch(/^10 {2}V8Worker {6}running/m);
  });

  it('are told one by one in full', () => {
    const full = show('threads', data, { detail: 'full' }).join('\n');
    for (let id = 0; id < 6; id += 1) expect(full).toMatch(new RegExp(`^-+ +Thread #${id} +-+$`, 'm'));
    expect(full.match(/ ms CPU/g)).toHaveLength(5);
  });

  it('of which there are more than ten alike are counted', () => {
    const many = { threads: Array.from({ length: 31 }, (_, id) => thread(id)), osThreads: [] };
    expect(show('threads', many).join('\n')).toMatch(/^name = t1, .*, t10 and 20 more$/m);
  });
});

describe('suspended functions', () => {
  const place = (n: number) => ({ ...own(`p${n}`), count: 100 - n });
  const waiting = (name: string) => ({
    thread: name,
    count: 900,
    places: Array.from({ length: 20 }, (_, n) => place(n)),
    placeCount: 20,
    chains: Array.from({ length: 20 }, (_, n) => ({ count: 1, steps: [{ place: n }], end: 'promise' as const })),
    chainCount: 25,
    goneOn: 0,
    quiet: true,
    whole: true,
    lost: 0,
  });
  const none = { ...waiting(''), count: 0, places: [], placeCount: 0, chains: [], chainCount: 0 };
  const threads = [
    { thread: '#0 main', why: 'no time' },
    { ...none, thread: '#1 a' },
    waiting('#2 b'),
    { ...none, thread: '#3 c' },
    waiting('#4 d'),
  ];
  const data = { suspended: { threads }, chains: [], sockets: [], socketCount: 0, note: 'a note' };

  it('of alike threads are told together, the ten most frequent places and chains', () => {
    const lines = show('green_threads', data);
    expect(lines.filter((line) => line.startsWith('of = '))).toEqual([
      'of = #2 b, #4 d',
      'of = #0 main',
      'of = #1 a, #3 c',
    ]);
    expect(lines).toContain('suspended = 900 each, at 20 places, in 25 chains');
    expect(lines).toContain('… 10 more places');
    expect(lines).toContain('    … 15 more chains');
  });

  it('are told thread by thread in full', () => {
    const lines = show('green_threads', data, { detail: 'full' });
    expect(lines.filter((line) => line.startsWith('of = '))).toHaveLength(5);
    expect(lines.filter((line) => / at \/srv\/shop\/p\d+\.js/.test(line))).toHaveLength(40);
  });
});

describe('sockets', () => {
  const served = (port: number) => ({
    kind: 'tcp',
    fd: port,
    state: 'established',
    local: '10.0.0.1:80',
    remote: `10.0.0.2:${port}`,
  });
  const made = (port: number) => ({ ...served(port), local: `10.0.0.1:${port}`, remote: '10.0.0.9:5432' });
  const listening = { kind: 'tcp', fd: 1, state: 'listening', local: '0.0.0.0:80' };
  const sockets = [listening, served(1001), served(1002), made(1003), made(1004), made(1005)];
  const data = { chains: [], sockets, socketCount: 6, note: '' };

  it('are counted by peer: of a client, whatever its port is', () => {
    const lines = show('green_threads', data);
    expect(lines.slice(lines.indexOf('sockets = 6')).slice(1, 4)).toEqual([
      '3  tcp  established  -> 10.0.0.9:5432',
      '2  tcp  established  10.0.0.1:80 <- 10.0.0.2',
      '1  tcp  listening    0.0.0.0:80',
    ]);
  });

  it('are told with both addresses in full', () => {
    const lines = show('green_threads', data, { detail: 'full' });
    expect(lines).toContain('tcp  1002  established  10.0.0.1:80 -> 10.0.0.2:1002');
  });
});

describe('work in flight', () => {
  const trace = (n: number) => ({ traceId: String(n).padStart(32, '0'), spanId: String(n).padStart(16, '0') });
  const request = (n: number): InFlightRequest => ({
    direction: n % 2 === 0 ? 'served' : 'made',
    protocol: 'http',
    method: 'GET',
    path: `/cart/${n}`,
    peer: n % 2 === 0 ? `10.0.0.2:${40_000 + n}` : 'stock:8080',
    state: 'being handled',
    ageMs: 9000 - n,
    active: n === 40,
  });
  const span = (n: number): InFlightSpan => ({
    ...trace(n),
    name: 'GET /cart',
    kind: 'server',
    ageMs: 9000 - n,
    attributes: {},
    active: n === 30,
  });
  const data = {
    known: true,
    requests: Array.from({ length: 50 }, (_, n) => request(n)),
    requestCount: 50,
    spans: Array.from({ length: 40 }, (_, n) => span(n)),
    spanCount: 400,
  };

  it('is counted by route and by name, with the oldest ten, and with the work that main runs in', () => {
    const lines = show('in_flight', data);
    expect(lines).toContain('25  served  http  GET /cart/*                 up to 9.0 s  being handled');
    expect(lines).toContain('25  made    http  GET /cart/*  to stock:8080  up to 9.0 s  being handled');
    const told = lines.filter((line) => /GET \/cart\/\d/.test(line));
    expect(told).toHaveLength(11);
    expect(told.at(-1)).toMatch(/^\* {2}served {2}http {2}GET \/cart\/40 /);
    expect(lines).toContain('spans = 400, the oldest 40 counted here');
    expect(lines).toContain('40  GET /cart  server  up to 9.0 s');
    expect(lines.filter((line) => line.includes('trace '))).toHaveLength(11);
  });

  it('has one more kind than are counted', () => {
    const kinds = 'abcdefghijk'.split('');
    const requests = kinds.map((kind) => ({ ...request(0), path: `/${kind}` }));
    const spans = kinds.map((kind, n) => ({ ...span(n), name: kind }));
    const lines = show('in_flight', { known: true, requests, requestCount: 11, spans, spanCount: 11 });
    expect(lines).toContain('… 1 more route');
    expect(lines).toContain('… 1 more name');
  });

  it('is told one by one in full', () => {
    const lines = show('in_flight', data, { detail: 'full' });
    expect(lines.filter((line) => /GET \/cart\/\d/.test(line))).toHaveLength(50);
    expect(lines.filter((line) => line.includes('trace '))).toHaveLength(40);
  });

  it.each([
    ['/cart/77/lines', '/cart/*/lines'],
    ['/users/5f2b9c1e-8d1a-4b6e-9c3f-1a2b3c4d5e6f', '/users/*'],
    ['/blob/deadbeef01', '/blob/*'],
    ['/sku/AB-12-345', '/sku/*'],
    ['/api/v2/users', '/api/v2/users'],
    ['/checkout', '/checkout'],
    ['/oauth2/callback', '/oauth2/callback'],
    ['/', '/'],
  ])('has %s on the route %s', (path, route) => {
    expect(nameRoute(path)).toBe(route);
  });
});

describe('processes', () => {
  const node = (pid: number, more = {}) => ({
    pid,
    parentPid: 1,
    state: 'sleeping',
    command: 'worker',
    children: [],
    ...more,
  });
  const workers = Array.from({ length: 12 }, (_, n) => node(10 + n));
  const other = node(30, { command: 'other', children: [node(31, { parentPid: 30 })] });
  const data = { processes: [{ ...node(1), parentPid: 0, children: [...workers, other] }] };

  it('that are alike and have one parent are told together if they are many', () => {
    expect(show('processes', data)).toEqual([
      'Process 1 (under 0) [ state: sleeping ]',
      '  command = worker',
      '    12 Processes 10 11 12 13 14 15 16 17 18 19 and 2 more (under 1) [ state: sleeping ]',
      '      command = worker',
      '    Process 30 (under 1) [ state: sleeping ]',
      '      command = other',
      '        Process 31 (under 30) [ state: sleeping ]',
      '          command = worker',
    ]);
  });

  it('are told one by one if they are few, and in full', () => {
    const few = { processes: [{ ...node(1), children: workers.slice(0, 3) }] };
    expect(show('processes', few)).toHaveLength(8);
    expect(show('processes', data, { detail: 'full' })).toHaveLength(30);
  });
});

describe('settings', () => {
  const data = (settings: SectionData['configuration']['settings']) => ({
    groups: {},
    environment: {},
    commandLine: [],
    nodeOptions: { execArgv: [] },
    settings,
  });

  it('that are the default are counted', () => {
    const count = Object.keys(DEFAULTS).length;
    expect(show('configuration', data(DEFAULTS)).at(-1)).toBe(
      `guru-meditation = all ${count} settings at their defaults`,
    );
    expect(show('configuration', data({ ...DEFAULTS, stallMs: 500 })).slice(-3)).toEqual([
      'guru-meditation: ',
      '  stallMs = 500',
      `  (${count - 1} more settings at the default)`,
    ]);
    expect(show('configuration', data(DEFAULTS), { detail: 'full' })).toContain('  deadlineMs = 250');
  });
});

describe('the runtime', () => {
  const stall = (avg10: number) => ({ avg10, avg60: 0, avg300: 0.04, totalMs: 1 });
  const data = {
    uptimeMs: 5,
    memory: { rssBytes: 3 * 2 ** 20, swapBytes: 0 },
    heapSpaces: { new_space: { usedBytes: 512, committedBytes: 2048 } },
    eventLoop: { notTurnedForMs: 1700, delayMs: { p50: 0.73, samples: 7 } },
    cgroup: { memory: { oomKills: 0 }, cpu: {} },
    machine: {
      cpu: { some: stall(83.08), full: stall(0) },
      load: [1.5, 2, 0],
      tasks: { runnable: 3, total: 90 },
    },
  };

  it('has a line for each topic, without zeros', () => {
    expect(show('runtime', data)).toEqual([
      'memory = rss 3.0 MiB',
      'heap spaces = new_space 512 B of 2.0 KiB',
      'event loop = not turned for 1.7 s; delay: p50 0.7 ms, samples 7',
      'pressure = cpu some 83.1 0 0 (% of the last 10, 60 and 300 s)',
      'load = 1.5 2 0 (3 of 90 tasks can run)',
    ]);
  });

  it('has no thousand milliseconds', () => {
    expect(show('runtime', { eventLoop: { delayMs: { p50: 999.94, max: 999.96 } } })).toEqual([
      'event loop = delay: p50 999.9 ms, max 1.0 s',
    ]);
  });

  it('keeps values that are masked, sentences, and data of another shape', () => {
    const odd = { memory: '***', heap: 'not known', heapSpaces: '***', machine: [1, 2], constructor: { a: 1 } };
    expect(show('runtime', odd)).toEqual([
      'memory = ***',
      'heap = not known',
      'heap spaces = ***',
      'machine = 1 2',
      'constructor = a 1',
    ]);
  });

  it('has each key in full', () => {
    const lines = show('runtime', data, { detail: 'full' });
    expect(lines).toContain('  swapBytes = 0');
    expect(lines).toContain('      totalMs = 1');
  });
});

describe('a short report', () => {
  it('has the header and the sections of the answer, and of the threads main only', () => {
    const titles = [...renderText(REPORT, 'short').matchAll(/^==== +(\S.*?) +====$/gm)].map(([, title]) => title);
    expect(titles).toEqual(['Guru Meditation', 'Threads', 'Green Threads', 'In Flight']);
    const threads = renderText(REPORT, 'short').match(/^------ +(\S.*?) +------$/gm) ?? [];
    expect(threads.filter((title) => title.includes('Thread #'))).toHaveLength(1);
    expect(threads.join()).not.toMatch(/Event Loop|Other Threads/);
  });

  it('is the text of test/views/golden-short.txt to the letter, and a full one that of golden-full.txt', async () => {
    await expect(renderText(REPORT, 'short')).toMatchFileSnapshot('./golden-short.txt');
    await expect(renderText(REPORT, 'full')).toMatchFileSnapshot('./golden-full.txt');
  });
});

it('the root stands in the header once', () => {
  const header = { ...REPORT.header, root };
  expect(renderHeader({ ...REPORT, header })).toContain(`\nroot = ${root}\ntrigger = `);
});
