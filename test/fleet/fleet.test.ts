import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readRecords } from '../../src/collector/otlp.js';
import { CLI, killAll, startNode } from '../process/start.js';
import { eventually } from '../procfs/helpers.js';
import { type CountingProxy, startCountingProxy } from './counting-proxy.js';
import { FLEET_OF_30, FLEET_OF_200, type Fleet, type FleetKind, type FleetProcess, startFleet } from './fleet.js';

/** `npm run fleet`: 200 processes, and where that can be had a namespace of process ids with nobody else in it. */
const isLarge = process.env.FLEET === '200';
const isAlone = process.env.FLEET_ALONE === 'yes';
const COUNTS = isLarge ? FLEET_OF_200 : FLEET_OF_30;
const JITTER_MS = isLarge ? 10_000 : 6000;
const WAIT_MS = isLarge ? 15 * 60_000 : 4 * 60_000;
const SERVICE = `fleet-${process.pid}-${Date.now()}`;
/** Never without the service, where others have processes that answer. */
const EVERYONE = isAlone ? ['--all'] : ['--service', SERVICE];

const directory = mkdtempSync(join(tmpdir(), 'fleet-test-'));
let fleet: Fleet | undefined;
let proxy: CountingProxy | undefined;

let runs = 0;

/** Also before it is tried again: what spins would leave no processor to the next. */
afterEach(async () => {
  await fleet?.cleanup();
  await proxy?.close();
  killAll();
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function gmr(...args: string[]) {
  const command = startNode([CLI, ...args]);
  const { code } = await command.ended;
  return { code, lines: command.stdout().trim().split('\n'), stderr: command.stderr() };
}

interface Arrived {
  readonly report: string;
  readonly pid: number;
  readonly state: string;
  readonly hash: string;
}

/** The Threads section of each report that the collector has stored; one that was sent again counts once. */
function readThreads(store: string): Arrived[] {
  const all = readdirSync(store)
    .filter((name) => /^logs.*\.jsonl$/.test(name))
    // The last line may be half written.
    .flatMap((name) => readFileSync(join(store, name), 'utf8').split('\n').slice(0, -1))
    .flatMap((line) => [...readRecords(JSON.parse(line))])
    .filter(({ attributes }) => attributes.get('gmr.section.name') === 'threads')
    .map(({ resource, attributes }) => ({
      report: String(attributes.get('gmr.report.id')),
      pid: Number(resource.get('process.pid')),
      state: String(attributes.get('gmr.main.state')),
      hash: String(attributes.get('gmr.main.stack_hash') ?? ''),
    }));
  return [...new Map(all.map((one) => [one.report, one])).values()];
}

const pidsOf = (processes: readonly { readonly pid: number }[]) =>
  processes.map(({ pid }) => pid).sort((a, b) => a - b);
const deadOf = (processes: readonly FleetProcess[]) => processes.filter((one) => one.ended() !== undefined);

describe(`a fleet of ${Object.values(COUNTS).reduce((a, b) => a + b)} processes, asked by one gmr kill ${EVERYONE[0]}`, () => {
  it('answers whole: all that can, at once or when continued; nobody dies; the stuck are grouped by where they are', {
    timeout: 3 * WAIT_MS,
  }, async () => {
    runs += 1;
    const store = join(directory, `store-${runs}`);
    const collector = startNode([CLI, 'collect', '--port', '0', '--dir', store]);
    const said = await collector.untilStdout(/listening on \S+,/);
    proxy = await startCountingProxy(/listening on (\S+),/.exec(said)?.[1] ?? '');
    const startMs = performance.now();
    fleet = await startFleet({
      endpoint: proxy.url,
      service: SERVICE,
      counts: COUNTS,
      // The collector is on the same machine, and as short of processors.
      env: { GMR_DELIVERY_JITTER_MS: String(JITTER_MS), OTEL_EXPORTER_OTLP_TIMEOUT: '120000' },
    });
    const upMs = performance.now();
    const all = fleet.processes;
    const armed = all.filter((one) => one.armed);
    const stopped = fleet.ofKind('stopped');
    const answering = armed.filter((one) => one.kind !== 'stopped');

    const listed = (await gmr('ps', '--json')).lines
      .map((line) => JSON.parse(line))
      .filter((row) => row.service === SERVICE);
    expect(pidsOf(listed)).toEqual(pidsOf(armed));
    expect(pidsOf(listed.filter(({ state }) => state === 'stopped'))).toEqual(pidsOf(stopped));

    const killMs = performance.now();
    const killed = await gmr('kill', ...EVERYONE);
    const killedMs = performance.now();
    expect(killed).toMatchObject({ code: 0, stderr: '' });
    expect(killed.lines.at(-1)).toBe(`gmr kill: ${armed.length} signalled, 0 not`);
    expect(killed.lines.filter((line) => /it is stopped/.test(line))).toHaveLength(stopped.length);

    const taken = () => new Set(collector.stdout().match(/report [0-9a-f]{32}$/gm));
    await eventually(() => taken().size >= answering.length, WAIT_MS);
    const answeredMs = performance.now();
    const first = readThreads(store);
    expect(pidsOf(first)).toEqual(pidsOf(answering));

    fleet.continueStopped();
    await eventually(() => taken().size >= armed.length, WAIT_MS);
    const continuedMs = performance.now();
    const reports = readThreads(store);
    expect(pidsOf(reports)).toEqual(pidsOf(armed));

    const unarmed = fleet.ofKind('unarmed');
    const refused = await gmr('kill', '-s', 'USR2', ...pidsOf(unarmed).map(String));
    expect(refused.code).toBe(1);
    expect(
      refused.lines.filter((line) => /not signalled: it is not armed: SIGUSR2 would end it$/.test(line)),
    ).toHaveLength(unarmed.length);
    expect(deadOf(all).map(({ kind, ended }) => `${kind}: ${ended()}`)).toEqual([]);

    const kinds: [FleetKind, string][] = [
      ['idle', 'idle'],
      ['stopped', 'idle'],
      ['pricing', 'running JavaScript'],
      ['routing', 'running JavaScript'],
      ['importing', 'running JavaScript'],
      ['exec', 'waits for its child'],
      ['fifo', 'in native code'],
    ];
    const rows = kinds.map(([kind, state]) => {
      const pids = new Set(fleet?.ofKind(kind).map(({ pid }) => pid));
      const of = reports.filter(({ pid }) => pids.has(pid));
      return {
        kind,
        state,
        count: pids.size,
        reports: of.length,
        states: [...new Set(of.map((one) => one.state))],
        hashes: [...new Set(of.map(({ hash }) => hash))],
      };
    });
    show(rows, {
      'processes up, s': (upMs - startMs) / 1000,
      'gmr kill, s': (killedMs - killMs) / 1000,
      'from its start to the last report of those that can answer, s': (answeredMs - killMs) / 1000,
      'from SIGCONT to the last report of those stopped, s': (continuedMs - answeredMs) / 1000,
      'requests at the collector': proxy.arrivedMs.length,
      'most of them in one second': proxy.peakPerSecond(),
      'reports that it stored': taken().size,
    });
    for (const { kind, state, count, states, hashes } of rows) {
      // Those in native code, too: their stacks are read from memory.
      const stuck = state !== 'idle';
      expect({ kind, states }).toEqual({ kind, states: [state] });
      expect({ kind, hashed: !hashes.includes('') }).toEqual({ kind, hashed: stuck });
      if (!stuck) continue;
      // As a fleet's view finds them: no other kind has one of these hashes. On a busy machine a stack may be seen too seldom to
      // tell the calls that stay from those that pass: most of a kind have one hash.
      const sharing = hashes.map((one) => reports.filter(({ hash }) => hash === one));
      for (const group of sharing) expect(pidsOf(fleet.ofKind(kind))).toEqual(expect.arrayContaining(pidsOf(group)));
      expect(Math.max(...sharing.map(({ length }) => length))).toBeGreaterThan(count / 2);
    }
    // Spread evenly it would be a sixth, or less; all of them at once would be all.
    expect(proxy.peakPerSecond()).toBeLessThan((proxy.arrivedMs.length * 2) / 3);
    const spool = join(fleet.directory, 'guru-meditation', 'spool');
    const waiting = () => (existsSync(spool) ? readdirSync(spool).filter((name) => name.endsWith('.jsonl')) : []);
    await eventually(() => waiting().length === 0, WAIT_MS);
  });
});

function show(
  rows: readonly { kind: string; count: number; reports: number; states: string[]; hashes: string[] }[],
  figures: { readonly [name: string]: number },
): void {
  const lines = rows.map(
    ({ kind, count, reports, states, hashes }) =>
      `| ${kind} | ${count} | ${reports} | ${states.join(', ')} | ${hashes.filter(Boolean).join(', ') || 'none'} |`,
  );
  const table = ['| kind | processes | reports | main | groups |', '|---|---|---|---|---|', ...lines].join('\n');
  const told = Object.entries(figures).map(
    ([name, value]) => `${name}: ${Number.isInteger(value) ? value : value.toFixed(1)}`,
  );
  console.log(`node ${process.version}\n${table}\n\n${told.join('\n')}`);
}
