import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { succeeds } from '../faults/commands.js';
import { type Gate, openGate } from '../faults/gate.js';
import { countDelivered, type Entry, renderLedger, startCollector, until, untilDelivered } from '../faults/ledger.js';
import { canBe } from '../faults/other-user.js';
import { openShop, type Shop } from '../faults/shop.js';
import { canMount, type Disk, mountDisk } from '../places/disk.js';
import { killAll } from './start.js';

/** Long, for a machine under load. */
vi.setConfig({ testTimeout: 240_000 });

const REPORTS = 3;
const NOBODY = 65_534;
const FROM_MEMORY = /cannot be written to \(.*\): it is sent from memory$/m;
const root = mkdtempSync(join(tmpdir(), 'disks-'));
const store = join(root, 'store');
const entries: Entry[] = [];
const disks: Disk[] = [];
let port: number;
let runs = 0;

beforeAll(async () => {
  chmodSync(root, 0o755);
  ({ port } = await startCollector(store));
});
afterEach(() => {
  for (const disk of disks.splice(0)) disk.unmount();
});
afterAll(() => {
  killAll();
  rmSync(root, { recursive: true, force: true });
  console.log(renderLedger(entries));
});

const isRoot = process.getuid?.() === 0;
/** Root may read everything: such a test runs as another user. */
const other = isRoot ? NOBODY : undefined;
const canBeOther = !isRoot || canBe(NOBODY);
const isMountable = canMount();
const hasPrlimit = succeeds('prlimit', ['--version']);

function makePlace(): string {
  runs += 1;
  return join(root, String(runs));
}

function mount(options: string): string {
  const disk = mountDisk(root, options);
  disks.push(disk);
  return disk.root;
}

function openAt(spool: string, gate: Gate, uid?: number): Promise<Shop> {
  const endpoint = `http://127.0.0.1:${gate.port}`;
  return openShop(
    { GMR_SPOOL_DIR: spool, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '1000' },
    uid,
  );
}

/** The expected end: nothing is lost, and the program is not harmed. */
async function settle(fault: string, shop: Shop): Promise<void> {
  await untilDelivered(shop.program, store);
  const entry = await shop.leave(fault, (ids) => countDelivered(ids, store));
  entries.push(entry);
  expect(entry).toMatchObject({ made: REPORTS, delivered: REPORTS, lost: 0, unanswered: 0, end: 'exit code 7' });
}

/** Reports while neither the disk nor the collector takes anything; then the collector comes up. */
async function meet(fault: string, spool: string, uid?: number, limit: (shop: Shop) => void = () => {}): Promise<void> {
  const gate = await openGate(port);
  const shop = await openAt(spool, gate, uid);
  limit(shop);
  await gate.shut();
  await shop.makeReports(REPORTS);
  await shop.program.untilStderr(FROM_MEMORY, REPORTS);
  await shop.hear(/ did not take .*: kept in memory, tried again in/);
  await gate.open();
  await settle(fault, shop);
  await gate.shut();
}

describe('a spool that cannot be written to, while the collector is down: reports go out from memory, and it is said', () => {
  it('is a file', async () => {
    const spool = makePlace();
    writeFileSync(spool, '');
    await meet('spool is a file', spool);
  });

  it('is to be below a file', async () => {
    const spool = makePlace();
    writeFileSync(spool, '');
    await meet('spool below a file', join(spool, 'spool'));
  });

  it('is a symbolic link, which is not followed', async () => {
    const [spool, elsewhere] = [makePlace(), makePlace()];
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, spool);
    await meet('spool is a symbolic link', spool);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it.skipIf(!canBeOther)('may not be written to', async () => {
    const spool = makePlace();
    mkdirSync(join(spool, 'spool'), { recursive: true });
    if (isRoot) chownSync(spool, NOBODY, NOBODY);
    chmodSync(spool, 0o500);
    rmSync(join(spool, 'spool'), { recursive: true });
    await meet('spool may not be written to', join(spool, 'spool'), other);
  });

  it.skipIf(!canBeOther)("is another user's", () => meet("another user's directory", '/usr', other));

  it.skipIf(!hasPrlimit)('has no room for a file: a write fails in the middle', async () => {
    const spool = makePlace();
    mkdirSync(spool);
    await meet('file-size limit (RLIMIT_FSIZE)', spool, undefined, ({ program }) =>
      execFileSync('prlimit', ['--pid', String(program.pid), '--fsize=4096']),
    );
    expect(readdirSync(spool)).toEqual([]);
  });

  it.skipIf(!isMountable)('is on a disk that is full', async () => {
    const disk = mount('size=256k');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'full'), Buffer.alloc((bavail - 2) * bsize));
    await meet('disk full', join(disk, 'spool'));
    expect(readdirSync(join(disk, 'spool'))).toEqual([]);
  });

  it.skipIf(!isMountable)('is on a disk that is read-only', () => meet('read-only mount', join(mount('ro'), 'spool')));
});

describe('a spool in use', () => {
  it('that is removed in mid-life loses no report', async () => {
    const gate = await openGate(port);
    const spool = makePlace();
    const shop = await openAt(spool, gate);
    await gate.shut();
    await shop.makeReports(REPORTS);
    await shop.hear(/ did not take .*: kept in /);
    rmSync(spool, { recursive: true });
    await gate.open();
    await settle('spool removed in mid-life', shop);
    await gate.shut();
  });

  it('that holds what is cut off, corrupt, a link or a directory: the rest is sent by the next process', async () => {
    const gate = await openGate(port);
    const spool = makePlace();
    const dead = await openAt(spool, gate);
    await gate.shut();
    await dead.makeReports(REPORTS);
    await dead.hear(/ did not take .*: kept in /);
    await dead.crash();
    const [name = ''] = readdirSync(spool).filter((one) => /\.[0-9a-f]{32}\.\d.*\.jsonl$/.test(one));
    const text = readFileSync(join(spool, name));
    const as = (n: number) => join(spool, name.replace(/[0-9a-f]{32}/, String(n).repeat(32)));
    writeFileSync(as(1), text.subarray(0, 5000));
    writeFileSync(
      as(2),
      text.map((byte, n) => (n % 100 === 7 ? byte ^ 0x55 : byte)),
    );
    writeFileSync(as(3), '');
    symlinkSync('/etc/hostname', as(4));
    mkdirSync(as(5));
    await gate.open();
    const next = await openAt(spool, gate);
    await next.program.untilStderr(/cannot be read \(.*\): kept aside in \S+\/refused$/m, 3);
    const left = [basename(as(4)), basename(as(5)), 'refused'].sort().join();
    await until(
      () => readdirSync(spool).sort().join() === left,
      () => `nothing but ${left} in ${spool}`,
    );
    await settle('spool with corrupt and cut files, killed process', {
      ...next,
      ids: dead.ids,
      leave: async (fault, count) => ({ ...(await next.leave(fault, () => 0)), ...tally(dead.ids(), count) }),
    });
    await gate.shut();
  });

  it('whose process is killed twenty times from trigger to delivery: the next one sends what was seen, once', async () => {
    const gate = await openGate(port);
    const spool = makePlace();
    const first = await openAt(spool, gate);
    const startMs = performance.now();
    first.program.kill();
    await first.program.untilStderr(/ took 8 log records/);
    const wholeMs = performance.now() - startMs;
    await first.end();
    const seen: string[] = [];
    const stages = { 'before the text': 0, 'between text and delivery': 0, 'after the delivery': 0 };
    for (let n = 0; n < 20; n += 1) {
      const shop = await openAt(spool, gate);
      shop.program.kill();
      // Every fourth at the first byte of its text; the others at any moment.
      if (n % 4 === 0) await shop.program.untilStderr(/^report = /m);
      else await new Promise((resolve) => setTimeout(resolve, Math.random() * 1.2 * wholeMs));
      await shop.crash();
      const said = shop.program.stderr();
      const isTold = /^report = /m.test(said);
      seen.push(...shop.ids());
      // The first byte of a report is of one that will arrive.
      expect(shop.ids()).toHaveLength(isTold ? 1 : 0);
      stages[!isTold ? 'before the text' : / took /.test(said) ? 'after the delivery' : 'between text and delivery'] +=
        1;
    }
    console.log(`killed at 20 moments of ${wholeMs.toFixed(0)} ms:`, stages);
    expect(seen.length).toBeGreaterThan(0);
    const next = await openAt(spool, gate);
    await until(
      () => !readdirSync(spool).some((name) => name.endsWith('.jsonl')),
      () => `all of ${spool} sent`,
    );
    const entry = {
      ...(await next.leave('kill -9 at 20 moments', () => 0)),
      ...tally(seen, (ids) => countDelivered(ids, store)),
    };
    entries.push(entry);
    expect(entry).toMatchObject({ made: seen.length, delivered: seen.length, lost: 0 });
    await gate.shut();
  });
});

function tally(ids: readonly string[], count: (ids: readonly string[]) => number) {
  const delivered = count(ids);
  return { made: ids.length, delivered, lost: ids.length - delivered };
}
