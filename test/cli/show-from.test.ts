import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, killAll, startNode } from '../process/start.js';

const directory = mkdtempSync(join(tmpdir(), 'from-'));
const ID = 'abcd'.repeat(8);

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function show(args: readonly string[], stdin?: string) {
  const command = startNode([CLI, 'show', ...args]);
  command.child.stdin?.end(stdin);
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

function write(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function metadata(index: number, part = 1, parts = 1) {
  const section = {
    gmr_section_index: `${index}`,
    gmr_section_count: '2',
    gmr_section_name: index ? 'custom.x' : 'report',
  };
  return {
    gmr_report_id: ID,
    ...section,
    ...(parts > 1 ? { gmr_section_part: `${part}`, gmr_section_parts: `${parts}` } : {}),
  };
}

/** As Loki answers: a stream for each set of metadata, the newest first, and the marks that the same query finds. */
function answer(categorized: boolean): string {
  const records = [
    [metadata(1, 2, 2), '{"data":{"b":2},"text":"second\\n"}'],
    [metadata(1, 1, 2), '{"data":{"a":1},"text":"first\\u001b[2J\\n"}'],
    [{ gmr_report_id: ID, gmr_section_name: 'report.mark' }, '{"text":"a mark"}'],
    [metadata(0), '{"data":{"service":"shop"},"text":"header\\n"}'],
  ] as const;
  const result = records.map(([labels, line], index) => {
    const time = `179552034512345678${9 - index}`;
    return categorized
      ? { stream: { service_name: 'shop' }, values: [[time, line, { structuredMetadata: labels }]] }
      : { stream: { service_name: 'shop', ...labels }, values: [[time, line]] };
  });
  return JSON.stringify({ status: 'success', data: { resultType: 'streams', result } });
}

/** As Loki has the records of a report with data. */
function report(): string {
  const frame = { function: 'run', file: '/srv/a.js', line: 1, column: 2, origin: 'application', async: false };
  const header = { service: 'shop', host: 'h', process: '1', runtime: 'r', uptime: '1 s', trigger: 'api', notes: [] };
  const bodies = {
    report: { ...header, main: 'idle', root: '/srv' },
    package: { product: 'shop' },
    threads: { threads: [{ id: 0, name: 'main', state: 'idle', frames: [frame] }], osThreads: [] },
  };
  const result = Object.entries(bodies).map(([name, data], index) => ({
    stream: { ...metadata(index), gmr_section_name: name, gmr_section_title: name, gmr_section_status: 'ok' },
    values: [[`179552034512345678${index}`, JSON.stringify({ text: `${name} as printed\n`, data })]],
  }));
  for (const { stream } of result) stream.gmr_section_count = '3';
  return JSON.stringify({ status: 'success', data: { resultType: 'streams', result } });
}

describe('gmr show --from', () => {
  it.each<[string, readonly string[], readonly RegExp[]]>([
    ['as it was printed', [], [/^report as printed\npackage as printed\nthreads as printed\n$/]],
    ['in full', ['--full'], [/^root = \/srv$/m, /^product = shop$/m, /^\/srv\/a\.js:1:2 in run$/m]],
    ['in short', ['--short'], [/^root = \/srv$/m, /^a\.js:1:2 in run$/m, /^(?![\s\S]*product)/]],
  ])('prints a report %s, in a pipe without colour', async (_, options, patterns) => {
    const command = startNode([CLI, 'show', '--from', write('report.json', report()), ...options], {
      env: { FORCE_COLOR: '1', GMR_COLOR: 'always' },
    });
    expect((await command.ended).code).toBe(0);
    for (const pattern of patterns) expect(command.stdout()).toMatch(pattern);
    expect(command.stdout()).not.toContain('\u001b');
  });

  it.each([
    ['labels and metadata apart', true],
    ['all in one', false],
  ])('joins a report from an answer of Loki’s, %s, and escapes control characters', async (_, categorized) => {
    const { code, stdout, stderr } = await show(['--from', write('answer.json', answer(categorized))]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'header\nfirst\\x1b[2J\nsecond\n', stderr: '' });
  });

  it('reads the output of logcli from stdin, and formatted lines as text', async () => {
    const lines = [0, 1].map((index) =>
      JSON.stringify({ labels: metadata(index), line: `line ${index}\n`, timestamp: '2026-11-24T22:00:00.000000001Z' }),
    );
    expect(await show(['abcd', '--from', '-'], `${lines.join('\n')}\n`)).toEqual({
      code: 0,
      stdout: 'line 0\nline 1\n',
      stderr: '',
    });
  });

  it('prints the sections as data, and says that records are missing', async () => {
    const text = answer(true)
      .replace('"1795520345123456786"', 'null')
      .replace('"gmr_section_index":"0"', '"gmr_section_index":"7"');
    const { stdout, stderr } = await show(['--json', '--from', '-'], text);
    expect(JSON.parse(stdout)).toMatchObject({
      id: ID,
      complete: false,
      sections: [{ data: [{ a: 1 }, { b: 2 }] }, {}],
    });
    expect(stderr).toMatch(/not complete/);
  });

  it.each([
    ['no JSON', 'text', /^gmr: --from \S+: expected JSON, or a JSON object a line$/m],
    [
      'other JSON',
      '{"status":"success"}',
      /^gmr: --from \S+: expected log records: an answer of Loki's, logcli's lines, OTLP JSON, or/,
    ],
    ['JSON that is not OTLP', '{"resourceLogs":{}}', /^gmr: --from \S+: the request\.resourceLogs: expected a list\n$/],
    ['an answer without a report', '{"data":{"resultType":"streams","result":[]}}', /^gmr: no reports in /],
  ])('of %s: one line says which input was expected', async (_, content, message) => {
    const { code, stdout, stderr } = await show(['--from', write('wrong', content)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('accepts only one of --from and --dir', async () => {
    const { code, stderr } = await show(['--from', 'x', '--dir', 'y']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'gmr: expected --dir or --from, got both\n' });
  });
});
