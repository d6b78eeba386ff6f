import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { listReports, makeRequest } from '../collector/stored.js';
import { startCollector, until, untilDelivered } from '../faults/ledger.js';
import { openShop } from '../faults/shop.js';
import { canMount, type Disk, mountDisk } from '../places/disk.js';
import { killAll, readWholeLines } from './start.js';

/** Long, for a machine under load. */
vi.setConfig({ testTimeout: 240_000 });

const PAGE_BYTES = 4096;
const root = mkdtempSync(join(tmpdir(), 'full-'));
const disks: Disk[] = [];

afterEach(() => {
  killAll();
  for (const disk of disks.splice(0)) disk.unmount();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function mountStore(): { store: string; filler: string } {
  const disk = mountDisk(root, 'size=2m');
  disks.push(disk);
  const store = join(disk.root, 'store');
  mkdirSync(store, { mode: 0o700 });
  return { store, filler: join(disk.root, 'filler') };
}

/** Until not one byte more is taken. @returns its pages */
function fill(path: string): number {
  const file = openSync(path, 'a');
  const page = Buffer.alloc(PAGE_BYTES);
  for (let pages = 0; ; pages += 1) {
    try {
      writeSync(file, page);
    } catch (error) {
      closeSync(file);
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      return pages;
    }
  }
}

describe.skipIf(!canMount())('gmr collect on a disk that is full', () => {
  it('leaves reports to their process, harms nothing that is stored, and takes all once there is room', async () => {
    const { store, filler } = mountStore();
    const { collector, port } = await startCollector(store);
    const shop = await openShop({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      GMR_SPOOL_DIR: mkdtempSync(join(root, 'spool-')),
    });
    await shop.makeReports(2);
    await untilDelivered(shop.program, store);
    const before = readFileSync(join(store, 'logs.jsonl'));
    fill(filler);
    await shop.makeReports(2);
    await shop.hear(/ did not take .*: kept in .*, tried again in/);
    await collector.untilStderr(/requests cannot be stored: ENOSPC/);
    expect(shop.program.stderr()).toMatch(/503/);
    expect(readFileSync(join(store, 'logs.jsonl')).subarray(0, before.length).equals(before)).toBe(true);
    rmSync(filler);
    await untilDelivered(shop.program, store);
    await shop.end();
    expect((await listReports(store)).map(({ id }) => id).sort()).toEqual([...shop.ids()].sort());
  });

  it('has just what it has taken, line for line, as room comes and goes page by page, with its index and without', async () => {
    const { store, filler } = mountStore();
    const { collector, port } = await startCollector(store);
    let pages = fill(filler);
    const taken: string[] = [];
    const statuses = new Set<number>();
    for (let n = 0; n < 120; n += 1) {
      const id = (n + 1).toString(16).padStart(32, '0');
      const service = 's'.repeat((n * 397) % 9000);
      const answer = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(makeRequest(id, { service })),
      });
      statuses.add(answer.status);
      if (answer.status === 200) taken.push(id);
      else {
        expect(answer.status).toBe(503);
        pages -= 1;
        truncateSync(filler, pages * PAGE_BYTES);
      }
    }
    expect([...statuses].sort()).toEqual([200, 503]);
    const lines = readWholeLines(join(store, 'logs.jsonl'));
    expect(lines.map((line) => /[0-9a-f]{32}/.exec(line)?.[0])).toEqual(taken);
    for (const line of lines) JSON.parse(line);
    const ids = async () => (await listReports(store)).map(({ id }) => id).sort();
    expect(await ids()).toEqual(taken);
    collector.kill('SIGKILL');
    await collector.ended;
    expect(await ids()).toEqual(taken);
    rmSync(filler);
    const next = await startCollector(store);
    await until(
      () => existsSync(join(store, 'logs.index')),
      () => 'an index',
    );
    next.collector.kill('SIGTERM');
    await next.collector.ended;
    expect(await ids()).toEqual(taken);
    rmSync(join(store, 'logs.index'));
    expect(await ids()).toEqual(taken);
  });
});
