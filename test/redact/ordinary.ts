/** A report as a service of some size makes it: for figures, not for rates. */

import type { Frame, Report, Section } from '../../src/report.js';
import { fakeHex, reportOf, section } from './fragments.js';

const SOURCES = [
  'const order = await orders.findById(request.params.id);',
  'return response.status(200).json({ id: order.id, total: order.total });',
  'for (const item of items) total += item.price * item.quantity;',
  "if (!session.user) throw new UnauthorizedError('sign in first');",
  'await pool.query(sql, [tenant, cursor, limit]);',
  'this.#queue.push({ job, attempts: 0, due: Date.now() + delay });',
];

const frame = (number: number): Frame => ({
  function: `OrderService.handle${number % 17}`,
  file: `/srv/app/node_modules/@shop/orders/dist/service-${number % 23}.js`,
  line: 10 + number,
  column: 1 + (number % 80),
  origin: number % 3 === 0 ? 'dependency' : 'application',
  async: number % 5 === 0,
  source: SOURCES[number % SOURCES.length] ?? '',
});

const frames = (count: number, from: number): Frame[] =>
  Array.from({ length: count }, (_, index) => frame(from + index));

function sections(round: number): Section[] {
  const environment = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `SHOP_SETTING_${round}_${index}`,
      index % 20 === 0 ? `postgres://app:pw-${fakeHex(12, index + round)}@db:5432/shop` : `/srv/app/data/${index}`,
    ]),
  );
  return [
    section('threads', {
      threads: [1, 2, 3, 4].map((id) => ({
        id,
        name: `worker ${id}`,
        state: 'idle',
        frames: frames(20, id * 7) as never,
      })),
      osThreads: Array.from({ length: 11 }, (_, id) => ({ id, name: 'libuv-worker', state: 'sleeping', cpuMs: id })),
    }),
    section('processes', {
      processes: Array.from({ length: 20 }, (_, pid) => ({
        pid,
        state: 'sleeping',
        command: `/usr/local/bin/node --max-old-space-size=4096 /srv/app/worker-${pid}.js --queue orders --port ${8000 + pid}`,
        children: [],
      })),
    }),
    section('configuration', {
      groups: { redis: { host: 'cache', port: 6379, password: `pw-${fakeHex(10, round)}`, keyPrefix: 'shop:' } },
      environment,
      commandLine: ['node', 'server.js', '--port', '8080'],
      nodeOptions: { execArgv: [] },
      settings: {},
    }),
    section('custom.queue', null, {
      text: Array.from(
        { length: 120 },
        (_, index) => `job ${index}: state=waiting attempts=0 id=${fakeHex(24, index)}`,
      ).join('\n'),
    }),
  ];
}

/** Of about `bytes` of JSON, in rounds of about 30 KB. */
export function ordinaryReport(bytes: number): Report {
  const rounds: Section[] = [];
  for (let round = 0, size = 0; size < bytes; round += 1) {
    const made = sections(round);
    size += JSON.stringify(made).length;
    rounds.push(...made);
  }
  return reportOf(rounds);
}
