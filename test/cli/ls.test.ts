import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, killAll, startNode } from '../process/start.js';

const directory = mkdtempSync(join(tmpdir(), 'ls-'));
afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Made {
  readonly id: string;
  readonly service?: string;
  readonly pid?: number;
  readonly agoS?: number;
  readonly verdict?: string;
  readonly hash?: string;
  readonly heapBytes?: number;
  readonly requests?: readonly object[];
  readonly frames?: readonly string[];
}

type Json = { readonly [key: string]: unknown };
const text = (value: unknown) => ({ stringValue: String(value) });
const list = (values: Json) => Object.entries(values).map(([key, value]) => ({ key, value }));

/** A stored report: header, threads, in flight and runtime, as OTLP JSON. */
function store({ id, service = 'shop', pid = 1, agoS = 0, verdict = 'main idle', hash, ...rest }: Made): string {
  const time = new Date(Date.now() - agoS * 1000).toISOString();
  const header = { service, host: 'h1', process: String(pid), trigger: 'signal SIGUSR2', main: 'idle', time };
  const frames = (rest.frames ?? []).map((name) => ({ function: name, file: '/srv/a.js', line: 1 }));
  const sections: [name: string, data: object, facts: Json][] = [
    ['report', header, { 'gmr.verdict': text(verdict) }],
    ['threads', { threads: [{ id: 0, frames }] }, hash ? { 'gmr.main.stack_hash': text(hash) } : {}],
    ['in_flight', { requests: rest.requests ?? [] }, {}],
    ['runtime', { heap: { usedBytes: rest.heapBytes ?? 1 }, cpu: { userMs: 10 * agoS, systemMs: 0 } }, {}],
  ];
  const logRecords = sections.map(([name, data, facts], index) => ({
    attributes: list({
      'gmr.report.id': text(id),
      'gmr.report.trigger': text('signal'),
      'gmr.section.name': text(name),
      'gmr.section.title': text(name),
      'gmr.section.status': text('ok'),
      'gmr.section.index': { intValue: index },
      'gmr.section.count': { intValue: sections.length },
      ...facts,
    }),
    body: toValue({ text: `${name} of ${service}\n`, data }),
  }));
  return `${JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })}\n`;
}

function toValue(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toValue) } };
  if (typeof value === 'object' && value !== null)
    return { kvlistValue: { values: Object.entries(value).map(([key, one]) => ({ key, value: toValue(one) })) } };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return text(value);
}

let places = 0;
function makePlace(...reports: readonly Made[]): string {
  places += 1;
  const place = join(directory, String(places));
  mkdirSync(place);
  writeFileSync(join(place, 'logs.jsonl'), reports.map(store).join(''));
  return place;
}

async function gmr(...args: string[]) {
  const command = startNode([CLI, ...args]);
  const { code } = await command.ended;
  return { code, lines: command.stdout().split('\n').slice(0, -1), stderr: command.stderr() };
}

const id = (digit: string, end = '0') => digit.repeat(31) + end;

describe('gmr ls', () => {
  it('is a table, newest last, with ids as short as they can be', async () => {
    const place = makePlace(
      { id: id('a'), agoS: 7300, verdict: 'main running JavaScript for 1.7 s at cart.mjs:4 in applyVoucher' },
      { id: id('b', '1'), agoS: 100 },
      { id: id('b', '2'), agoS: 5, service: 'cart' },
    );
    const { lines } = await gmr('ls', '--dir', place);
    expect(lines[0]).toMatch(/^ID +AGE +SERVICE +HOST +PID +TRIGGER +MAIN THREAD$/);
    expect(lines[1]).toMatch(
      new RegExp(`^${id('a')} +2 h +shop +h1 +1 +SIGUSR2 +running JavaScript for 1.7 s at cart.mjs:4`),
    );
    expect(lines[2]).toMatch(new RegExp(`^${id('b', '1')} +1 min +shop `));
    expect(lines[3]).toMatch(new RegExp(`^${id('b', '2')} +\\d+ s +cart `));
    expect((await gmr('ls', '--dir', makePlace({ id: id('a') }))).lines[1]).toMatch(/^aaaaaaaa +\d+ s/);
  });

  it('shows the newest twenty, or as many as it is asked for', async () => {
    const place = makePlace(
      ...Array.from({ length: 25 }, (_, n) => ({ id: n.toString(16).padStart(32, '0'), agoS: 100 - n })),
    );
    const { lines, stderr } = await gmr('ls', '--dir', place);
    expect(lines).toHaveLength(21);
    expect(stderr).toBe('gmr ls: the newest 20: -n 0 shows all\n');
    expect((await gmr('ls', '-n', '3', '--dir', place)).lines).toHaveLength(4);
    expect((await gmr('ls', '-n', '0', '--dir', place)).lines).toHaveLength(26);
  });

  it.each([
    [['--service', 'cart'], ['bbbbbbbb']],
    [['--since', '1min'], ['cccccccc']],
    [
      ['--state', 'applyvoucher'],
      ['aaaaaaaa', 'cccccccc'],
    ],
    [
      ['--stack', '12ab'],
      ['aaaaaaaa', 'cccccccc'],
    ],
    [['--service', 'cart', '--since', '1min'], []],
  ])('chooses by %j', async (args, expected) => {
    const verdict = 'main running JavaScript at cart.mjs:4 in applyVoucher';
    const place = makePlace(
      { id: id('a'), agoS: 500, verdict, hash: '12ab34' },
      { id: id('b'), agoS: 400, service: 'cart' },
      { id: id('c'), verdict, hash: '12ab34' },
    );
    const { lines } = await gmr('ls', ...args, '--dir', place);
    if (expected.length === 0) expect(lines).toEqual([`none of the 3 reports in ${place} is like that`]);
    else expect(lines.slice(1).map((line) => line.slice(0, 8))).toEqual(expected);
  });

  it('tells of one report as of one', async () => {
    const place = makePlace({ id: id('a') });
    const { lines } = await gmr('ls', '--service', 'cart', '--dir', place);
    expect(lines).toEqual([`the only report in ${place} is not like that`]);
    const [header = ''] = readFileSync(join(place, 'logs.jsonl'), 'utf8').split(',{"attributes"');
    writeFileSync(join(place, 'logs.jsonl'), `${header}]}]}]}\n`);
    expect((await gmr('ls', '--dir', place)).lines[1]).toMatch(/ idle \(1 record \(incomplete\)\)$/);
  });

  it('has a line for each cause with --group: by the stack, or by the verdict', async () => {
    const place = makePlace(
      { id: id('a'), pid: 1, hash: '12ab', verdict: 'main running JavaScript for 1.7 s at cart.mjs:4 in applyVoucher' },
      {
        id: id('b'),
        pid: 2,
        hash: '12ab',
        verdict: 'main running JavaScript for 9.1 s at cart.mjs:5 in applyVoucher',
        service: 'cart',
      },
      { id: id('c'), pid: 2, verdict: 'main idle', agoS: 9 },
    );
    const { lines } = await gmr('ls', '--group', '--dir', place);
    expect(lines[0]).toMatch(/^REPORTS +PROCESSES +SERVICE +FIRST +LAST +LAST ID +MAIN THREAD$/);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^ +1 +1 +shop +.* cccccccc +idle$/),
      expect.stringMatching(/^ +2 +2 +cart,shop +.* bbbbbbbb +running JavaScript for 9.1 s at cart.mjs:5/),
    ]);
    const [one] = (await gmr('ls', '--group', '--json', '--dir', place)).lines.map((line) => JSON.parse(line));
    expect(one).toMatchObject({ reports: 1, processes: 1, services: ['shop'], id: id('c') });
  });

  it('follows: lists each report when it comes, once', async () => {
    const place = makePlace({ id: id('a') });
    const command = startNode([CLI, 'ls', '--follow', '--service', 'shop', '--dir', place]);
    await command.untilStdout(/^aaaaaaaa/m);
    appendFileSync(join(place, 'logs.jsonl'), store({ id: id('b') }) + store({ id: id('c'), service: 'cart' }));
    await command.untilStdout(/^bbbbbbbb .* shop /m);
    appendFileSync(join(place, 'logs.jsonl'), store({ id: id('d') }));
    await command.untilStdout(/^dddddddd/m);
    command.kill('SIGTERM');
    await command.ended;
    expect(command.stdout().match(/^[a-d](?=[a-d]{7} )/gm)).toEqual(['a', 'b', 'd']);
  });

  it('follows until the directory is gone, and says so in one line', async () => {
    const place = makePlace({ id: id('a') });
    const command = startNode([CLI, 'ls', '--follow', '--dir', place]);
    await command.untilStdout(/^aaaaaaaa/m);
    rmSync(place, { recursive: true });
    expect((await command.ended).code).toBe(1);
    expect(command.stderr()).toMatch(/^gmr: there is no \S+: has a collector run\?.*\n$/);
  });
});

describe('gmr show', () => {
  it('shows the sections that are named, by name or title', async () => {
    const place = makePlace({ id: id('a') });
    expect((await gmr('show', 'aaaa', 'runtime', 'In Flight', '--dir', place)).lines).toEqual([
      'in_flight of shop',
      'runtime of shop',
    ]);
    expect((await gmr('show', 'threads', '--dir', place)).lines).toEqual(['threads of shop']);
  });

  it('compares two reports, or one with the report before it of the same process', async () => {
    const request = { direction: 'served', method: 'GET', path: '/cart', peer: '127.0.0.1' };
    const place = makePlace(
      {
        id: id('a'),
        pid: 7,
        agoS: 20,
        heapBytes: 2 ** 20,
        frames: ['parse', 'run', 'start'],
        requests: [
          { ...request, ageMs: 1000 },
          { ...request, ageMs: 50 },
        ],
      },
      { id: id('b'), pid: 8, agoS: 15 },
      {
        id: id('c'),
        pid: 7,
        agoS: 10,
        heapBytes: 3 * 2 ** 20,
        frames: ['render', 'run', 'start'],
        verdict: 'main waits',
        requests: [{ ...request, ageMs: 11_000 }],
      },
    );
    const { lines } = await gmr('show', '--diff', '--dir', place);
    expect(lines).toEqual([
      expect.stringMatching(/^before = aaaaaaaa, \d{4}-/),
      'after = cccccccc, 10 s later',
      'process = 7 shop@h1, the same',
      'main = idle',
      '  then waits',
      'stack = the outermost 2 calls in both',
      '  - parse /srv/a.js:1',
      '  + render /srv/a.js:1',
      'requests = 1 in both, 1 ended, 0 came; the oldest in both is served GET /cart 127.0.0.1, 11.0 s',
      expect.stringMatching(/^cpu = 0 ms user, 0 ms system, 0 % of one CPU$/),
      'heap = 1.0 MiB, then 3.0 MiB (+2.0 MiB)',
    ]);
    const other = await gmr('show', '--diff', 'bbbb', 'aaaa', '--dir', place);
    expect(other.lines.slice(1, 3)).toEqual(['after = aaaaaaaa, 5.0 s earlier', 'process = 8 shop@h1, then 7 shop@h1']);
    const first = await gmr('show', '--diff', 'bbbb', '--dir', place);
    expect(first).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^gmr: there is no report before b+0 of its process/),
    });
  });
});

describe('gmr completion', () => {
  it('prints scripts that have each command and its options', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { lines } = await gmr('completion', shell);
      for (const word of ['collect', 'ls', 'dump', 'since', 'follow', 'guru-meditation'])
        expect(lines.join('\n')).toContain(word);
      expect(lines.join('\n')).toMatch(/(?:-a |'|\s)help[ :]/);
      expect(lines.join('\n')).toContain('bash zsh fish');
    }
  });

  it('completes in bash', async () => {
    const script = `source <(${process.execPath} ${CLI} completion bash)
      COMP_WORDS=(gmr ls --gr); COMP_CWORD=2; _gmr; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(gmr sh); COMP_CWORD=1; _gmr; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(gmr completion ''); COMP_CWORD=2; _gmr; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(gmr help d); COMP_CWORD=2; _gmr; echo "\${COMPREPLY[*]}"`;
    const shell = startNode(['-c', script], { command: 'bash' });
    await shell.ended;
    expect(shell.stdout()).toBe('--group\nshow\nbash zsh fish --help\ndump demo\n');
  });
});
