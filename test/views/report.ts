import type { Frame, PlainSection, Report, Section, SectionData, SectionName } from '../../src/report.js';

const frame = (more: Partial<Frame>): Frame => ({
  function: 'applyVoucher',
  file: '/srv/shop/pricing.ts',
  line: 14,
  column: 3,
  origin: 'application',
  async: false,
  ...more,
});

const section = <Name extends SectionName>(
  name: Name,
  title: string,
  data: SectionData[Name] | null,
  more: Partial<PlainSection> = {},
) =>
  ({
    name,
    title,
    status: 'ok',
    spanId: '0123456789abcdef',
    startMs: 0,
    endMs: 1,
    data,
    ...more,
  }) as Section;

const application = frame({ source: 'while (cents > downTo) {', generated: '/srv/shop/dist/app.js:1:2345' });
const suspended = frame({ function: 'checkOut', line: 28, async: true });

/** A report with every section, and each of them in the shapes that its data can have. */
export const REPORT: Report = {
  id: '0af7651916cd43dd8448eb211c80319c',
  timeMs: Date.UTC(2026, 10, 24, 9, 12, 1, 123),
  trigger: { kind: 'signal', signal: 'SIGUSR1', heardBy: 'agent' },
  header: {
    service: 'checkout',
    host: 'web-1',
    process: '4711 (shop)',
    runtime: 'node v20.20.2 linux x64',
    uptime: '3 h 0 min 1 s',
    trigger: 'signal SIGUSR1',
    main: 'running JavaScript',
    notes: ['this report also answers what was heard while it was being made: SIGUSR2'],
  },
  sections: [
    section('package', 'Package', { product: 'Sharp Cheddar', vendor: 'Cheese Shoppe', version: '1.0.0' }),
    section('threads', 'Threads', {
      threads: [
        {
          id: 0,
          osId: 4711,
          name: 'main',
          state: 'running JavaScript',
          frames: [
            application,
            frame({ function: 'emit', file: '/srv/shop/node_modules/bus/index.js', origin: 'dependency' }),
            frame({ function: 'listOnTimeout', file: 'node:internal/timers', origin: 'node', line: 581, column: 17 }),
            frame({ function: 'Array.map', file: '', origin: 'node', line: 0, column: 0 }),
            suspended,
          ],
        },
        { id: 2, osId: 4720, name: 'idle one', state: 'idle', frames: [] },
        {
          id: 3,
          osId: 4721,
          name: 'stuck one',
          state: 'in native code',
          note: 'did not answer in 250 ms',
          frames: [],
          kernel: { state: 'sleeping', wchan: 'do_epoll_wait', syscall: 'epoll_wait', cpuMs: 0, sampleMs: 251.3 },
        },
      ],
      osThreads: [
        { id: 4712, name: 'libuv-worker', state: 'sleeping', cpuMs: 3.5 },
        { id: 14713, name: 'V8Worker', state: 'running', cpuMs: 1203.25 },
      ],
    }),
    section('green_threads', 'Green Threads', {
      chains: [{ thread: '#0 main', frames: [suspended] }],
      resources: { Timeout: 2, TCPServerWrap: 1 },
      sockets: [
        { kind: 'tcp', fd: 22, local: '127.0.0.1:8080', state: 'listening' },
        { kind: 'tcp', fd: 131, local: '127.0.0.1:8080', remote: '127.0.0.1:50124', state: 'established' },
      ],
      socketCount: 7,
      note: 'Not shown: async functions that are suspended elsewhere.',
    }),
    section('processes', 'Processes', {
      processes: [
        {
          pid: 14756,
          parentPid: 1,
          user: 'stack',
          uids: { real: 1001, effective: 1001, saved: 1001 },
          state: 'running',
          command: 'node app.js',
          children: [
            {
              pid: 14770,
              parentPid: 14756,
              user: 'stack',
              uids: { real: 1001, effective: 1001, saved: 1001 },
              state: 'sleeping',
              command: 'sh -c sleep 5',
              children: [{ pid: 14771, parentPid: 14770, state: 'zombie', command: 'sleep', children: [] }],
            },
            { pid: 14780, parentPid: 14756, state: 'gone', command: '', children: [] },
          ],
        },
      ],
      note: '3 more descendants are not listed; 500 is the limit',
    }),
    section('configuration', 'Configuration', {
      groups: { cheese: { from_cow: true, group_secrets: '***', nested: { aged: null } }, broken: '[Error: no file]' },
      environment: { HOME: '/root', MOTD: 'two\nlines' },
      commandLine: ['node', 'app.js'],
      nodeOptions: { execArgv: ['--import', 'guru-meditation/register'] },
      settings: { enabled: true, signals: ['SIGUSR1'], logDir: null },
    }),
    section('runtime', 'Runtime', {
      memory: { rssBytes: 70_737_920, swapBytes: 0 },
      eventLoop: { utilizationPercent: 73.3, delayMs: { p50: 0, p99: 12.345678 } },
    }),
    section('in_flight', 'In Flight', {
      known: true,
      requests: [
        {
          direction: 'made',
          protocol: 'fetch',
          method: 'GET',
          path: '/stock',
          peer: 'stock:8080',
          state: 'waiting for an answer',
          ageMs: 61_500,
          active: false,
        },
        {
          direction: 'served',
          protocol: 'http',
          method: 'POST',
          path: '/checkout',
          peer: '127.0.0.1:50124',
          state: 'being handled',
          ageMs: 1234,
          trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
          active: true,
        },
      ],
      requestCount: 250,
      spans: [
        {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: '00f067aa0ba902b7',
          parentSpanId: 'b7ad6b7169203331',
          name: 'POST /checkout',
          kind: 'server',
          ageMs: 1230,
          attributes: { 'url.path': '/checkout', tags: ['a', 'b'] },
          active: false,
        },
        {
          traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
          spanId: '53995c3f42cd8ad8',
          name: 'poll\nqueue',
          kind: 'consumer',
          ageMs: 900,
          attributes: {},
          active: false,
        },
        {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: '53995c3f42cd8ad9',
          parentSpanId: '00f067aa0ba902b7',
          name: 'apply voucher',
          kind: 'internal',
          ageMs: 800,
          attributes: { long: 'x'.repeat(600) },
          active: true,
        },
      ],
      spanCount: 3,
      active: {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: '53995c3f42cd8ad9',
        name: 'apply voucher',
      },
      note: 'requests of HTTP/2 are not seen',
    }),
    section('custom.queue', 'Queue', { jobs: [{ id: 1, tries: 2 }, { id: 2 }], empty: [], none: {} }),
    section('custom.words', 'Words', null, { text: 'as they are\n==== no banner\n\u001b[31m' }),
    section('custom.broken', 'Broken', null, { status: 'failed', error: 'RangeError: too far\n    at here' }),
    section('custom.slow', 'Slow', null, { status: 'timed_out', error: 'its promise had not settled after 1000 ms' }),
  ],
};
