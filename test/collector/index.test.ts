import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadReport, openReports } from '../../src/collector/listing.js';
import { extractReports } from '../../src/collector/report-rows.js';
import { isComplete, type StoredReport } from '../../src/collector/reports.js';
import { openStore } from '../../src/collector/store.js';
import { listReports, makeRequest, readReport } from './stored.js';

const root = mkdtempSync(join(tmpdir(), 'index-'));
const LIMITS = { maxFileBytes: 8000, maxFiles: 4 };
const troubles: string[] = [];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(root, 'run-'));
  troubles.length = 0;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ID = (n: number) => n.toString(16).padStart(32, '0');

/** A store and the catalogue that writes its index, as a collector has them. */
async function open(limits = LIMITS) {
  const store = await openStore(directory, limits);
  const catalogue = openReports(directory, (sentence) => void troubles.push(sentence));
  const take = async (request: object) => {
    const written = await store.append('logs', JSON.stringify(request));
    await catalogue.add(await extractReports(request), written);
  };
  return { catalogue, take };
}

/** The facts of reports that a list shows. */
const show = (reports: readonly StoredReport[]) =>
  reports.map((one) => ({
    id: one.id,
    time: one.time,
    service: one.service,
    verdict: one.verdict,
    records: one.records,
    isWhole: isComplete(one),
    sections: [...one.sections.values()].map(({ name }) => name),
  }));

/** The same, from the lines alone. */
async function showWithoutIndex() {
  const copy = mkdtempSync(join(root, 'copy-'));
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.jsonl')))
    writeFileSync(join(copy, name), readFileSync(join(directory, name)));
  return show(await listReports(copy));
}

describe('the store', () => {
  it('deletes the oldest file, also if the clock has been set back', async () => {
    const ahead = ['logs-20990101000000000.jsonl', 'logs-20990101000000001.jsonl', 'logs-20990101000000002.jsonl'];
    for (const name of ahead) writeFileSync(join(directory, name), '{}\n');
    const store = await openStore(directory, { maxFileBytes: 10, maxFiles: 4 });
    for (const n of [1, 2, 3]) await store.append('logs', `{"request":${n}}`);
    const names = readdirSync(directory).sort();
    const texts = names.map((name) => readFileSync(join(directory, name), 'utf8'));
    expect(texts).toEqual(['{}\n', '{"request":1}\n', '{"request":2}\n', '{"request":3}\n']);
    expect(names[0]).toBe(ahead[2]);
  });
});

describe('the index', () => {
  it('has what the lines have, over several files, and each report is read from its places', async () => {
    const { take, catalogue } = await open();
    for (let n = 0; n < 20; n += 1) await take(makeRequest(ID(n), { sections: [0, 1] }));
    for (let n = 19; n > 14; n -= 1) await take(makeRequest(ID(n), { sections: [2] }));
    const listed = show(await listReports(directory));
    expect(listed).toEqual(await showWithoutIndex());
    await catalogue.refresh();
    expect(show(catalogue.list())).toEqual(listed);
    expect(listed.at(-1)).toMatchObject({ id: ID(19), isWhole: true, records: 3 });
    expect((await readReport(directory, ID(19)))?.sections.size).toBe(3);
    const names = readdirSync(directory);
    expect(names.filter((name) => name.endsWith('.index'))).toHaveLength(4);
    expect(names.filter((name) => name.endsWith('.jsonl'))).toHaveLength(4);
    for (const name of names) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(troubles).toEqual([]);
  });

  it('is not read again for an arrival: a file whose lines are covered is not opened', async () => {
    const { take } = await open({ maxFileBytes: 1e6, maxFiles: 4 });
    for (let n = 0; n < 5; n += 1) await take(makeRequest(ID(n)));
    const path = join(directory, 'logs.jsonl');
    const text = readFileSync(path, 'utf8');
    // The same length, other services: only the index still has the first ones.
    const [first = '', ...others] = text.split('\n');
    writeFileSync(path, [first, ...others.map((line) => line.replace('shop', 'till'))].join('\n'));
    expect((await listReports(directory)).map(({ service }) => service)).toEqual(Array(5).fill('shop'));
  });

  it.each([
    ['cut at any byte', (path: string, n: number) => truncateSync(path, Math.floor((statSync(path).size * n) / 12))],
    ['missing', (path: string) => rmSync(path)],
    ['empty', (path: string) => writeFileSync(path, '')],
    ['of another file', (path: string) => renameSync(join(directory, 'other.index'), path)],
    ['followed by noise', (path: string) => appendFileSync(path, '{"o":1,"n"\u0000\n[]\n7\n{"o":"x"}')],
    [
      'without a line of its middle',
      (path: string) => {
        const lines = readFileSync(path, 'utf8').split('\n');
        writeFileSync(path, lines.filter((_, at) => at !== 3).join('\n'));
      },
    ],
    ['of a larger file', (path: string) => appendFileSync(path, '{"o":999999,"n":10,"r":[]}\n')],
  ])('may be %s: the list is whole, and the next collector mends it', async (_, harm) => {
    for (let n = 0; n < 12; n += 1) {
      rmSync(directory, { recursive: true });
      const first = await open({ maxFileBytes: 1e6, maxFiles: 4 });
      for (let at = 0; at < 6; at += 1) await first.take(makeRequest(ID(at)));
      const path = join(directory, 'logs.index');
      writeFileSync(join(directory, 'other.index'), readFileSync(path, 'utf8').replace(/"hash":"../, '"hash":"00'));
      harm(path, n);
      expect(show(await listReports(directory))).toHaveLength(6);
      const next = await open({ maxFileBytes: 1e6, maxFiles: 4 });
      await next.catalogue.refresh();
      await next.take(makeRequest(ID(6)));
      expect(show(next.catalogue.list())).toEqual(await showWithoutIndex());
      expect(show(await listReports(directory))).toEqual(await showWithoutIndex());
    }
  });

  it('is right if two collectors write to one directory, through rotations', async () => {
    const [one, other] = [
      await open({ maxFileBytes: 30_000, maxFiles: 8 }),
      await open({ maxFileBytes: 30_000, maxFiles: 8 }),
    ];
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        (n % 2 === 0 ? one : other).take(makeRequest(ID(n), { service: `s${n % 2}` })),
      ),
    );
    const expected = await showWithoutIndex();
    expect(expected).toHaveLength(60);
    for (const { catalogue } of [one, other]) {
      await catalogue.refresh();
      expect(show(catalogue.list())).toEqual(expected);
    }
    expect(show(await listReports(directory))).toEqual(expected);
  });

  it('is right if two collectors write long lines to one directory at the same time', async () => {
    const limits = { maxFileBytes: 64 * 2 ** 20, maxFiles: 8 };
    const stores = await Promise.all([openStore(directory, limits), openStore(directory, limits)]);
    const lines = Array.from({ length: 8 }, (_, n) => JSON.stringify({ long: String(n).repeat(2_000_000) }));
    await Promise.all(lines.map((line, n) => stores[n % 2]?.append('logs', line)));
    const stored = readFileSync(join(directory, 'logs.jsonl'), 'utf8').trim().split('\n');
    expect(stored.filter((line) => line !== '').sort()).toEqual(lines);
  });

  it('that cannot be written leaves the list whole, and says so', async () => {
    const { take, catalogue } = await open();
    writeFileSync(join(directory, 'victim'), 'mine');
    const { symlinkSync } = await import('node:fs');
    symlinkSync(join(directory, 'victim'), join(directory, 'logs.index'));
    await take(makeRequest(ID(1)));
    await take(makeRequest(ID(2)));
    expect(catalogue.list().map(({ id }) => id)).toEqual([ID(1), ID(2)]);
    expect(existsSync(join(directory, 'logs.index'))).toBe(true);
    expect(readFileSync(join(directory, 'victim'), 'utf8')).toBe('mine');
  });

  it('has of a report what is left of it when the oldest file is deleted', async () => {
    const { take, catalogue } = await open({ maxFileBytes: 3000, maxFiles: 2 });
    await take(makeRequest(ID(1), { sections: [0, 1] }));
    for (const n of [2, 3, 4]) {
      await take(makeRequest(ID(n)));
      await take(makeRequest(ID(1), { sections: [2] }));
    }
    await catalogue.refresh();
    const expected = await showWithoutIndex();
    expect(expected.find(({ id }) => id === ID(1))).toMatchObject({ records: 1, isWhole: false });
    expect(show(catalogue.list())).toEqual(expected);
    expect(
      show(catalogue.known())
        .map(({ id }) => id)
        .sort(),
    ).toEqual(expected.map(({ id }) => id));
  });

  it('is that of the file, and not of a deleted one whose inode the file has got', async () => {
    const [old, current] = [join(directory, 'logs-20260101000000000.jsonl'), join(directory, 'logs.jsonl')];
    writeFileSync(old, `${JSON.stringify(makeRequest(ID(1)))}\n`);
    for (const catalogue of [openReports(directory), openReports(directory, () => {})]) {
      await catalogue.refresh();
      // The next file has the inode and the size of this one.
      renameSync(old, current);
      writeFileSync(current, `${JSON.stringify(makeRequest(ID(2)))}\n`);
      await catalogue.refresh();
      expect(show(catalogue.list())).toEqual(await showWithoutIndex());
      renameSync(current, old);
      writeFileSync(old, `${JSON.stringify(makeRequest(ID(1)))}\n`);
    }
  });

  it('has nothing of a file that was deleted or renamed a moment ago, and nothing of the file that has its name', async () => {
    for (const n of [1, 2]) {
      const text = JSON.stringify(makeRequest(ID(n)));
      writeFileSync(join(directory, n === 1 ? 'logs-20260101000000000.jsonl' : 'logs.jsonl'), `${text}\n`);
    }
    const catalogue = openReports(directory);
    await catalogue.refresh();
    rmSync(join(directory, 'logs-20260101000000000.jsonl'));
    renameSync(join(directory, 'logs.jsonl'), join(directory, 'logs-20260101000000001.jsonl'));
    writeFileSync(join(directory, 'logs.jsonl'), `${JSON.stringify(makeRequest(ID(2), { service: 'another' }))}\n`);
    expect([await loadReport(catalogue, ID(1)), await loadReport(catalogue, ID(2))]).toEqual([undefined, undefined]);
    await catalogue.refresh();
    expect(await loadReport(catalogue, ID(1))).toBeUndefined();
    expect(await loadReport(catalogue, ID(2))).toMatchObject({ service: 'shop' });
  });

  it('is not made by a reader: the directory may be another program’s', async () => {
    writeFileSync(join(directory, 'logs.jsonl'), `${JSON.stringify(makeRequest(ID(1)))}\n`);
    expect(await listReports(directory)).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(['logs.jsonl']);
  });
});
