import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, killAll, startNode } from '../process/start.js';

const directory = mkdtempSync(join(tmpdir(), 'cli-'));
const FIRST = '1'.repeat(32);

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function gmr(...args: string[]) {
  const command = startNode([CLI, ...args]);
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

function line(id: string, text: string): string {
  const attributes = Object.entries({ 'gmr.report.id': id, 'gmr.section.name': 'report' }).map(([key, value]) => ({
    key,
    value: { stringValue: value },
  }));
  attributes.push(
    { key: 'gmr.section.index', value: { intValue: 0 } as never },
    { key: 'gmr.section.count', value: { intValue: 1 } as never },
  );
  const body = { kvlistValue: { values: [{ key: 'text', value: { stringValue: text } }] } };
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes, body }] }] }] });
}

describe('gmr', () => {
  it('prints help without arguments, for --help, and for each command’s --help', async () => {
    for (const args of [[], ['--help'], ['help'], ['help', '--help']])
      expect((await gmr(...args)).stdout).toMatch(/gmr collect/);
    for (const command of ['collect', 'ps', 'kill', 'ls', 'show', 'view', 'replay', 'demo']) {
      const { code, stdout } = await gmr(command, '--help');
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`gmr ${command}`) });
    }
    expect((await gmr('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [
      ['collcet'],
      /^gmr: unknown command collcet: expected collect, ls, show, view, replay, ps, kill, dump, top, demo, completion\n$/,
    ],
    [['collect', '--prot', '1'], /^gmr: Unknown option '--prot'/],
    [['collect', '--port', 'many'], /^gmr: --port: expected a port from 0 to 65535, got "many"\n$/],
    [['collect', '--host', ''], /^gmr: --host: expected a value, got ""\n$/],
    [['show', '--diff', 'xyz'], /^gmr: xyz is not a report id: expected 4 to 32 hexadecimal digits\n$/],
    [['show', '--diff', '1111', '2222', '3333'], /^gmr: expected one or two report ids, got 1111 2222 3333\n$/],
    [['show', '--short', '--full'], /^gmr: expected one of --short, --full, --json and --diff\n$/],
    [['ls', '-n', 'few'], /^gmr: -n: expected a whole number, got "few"\n$/],
    [['ls', '--since', '2026-13-01'], /^gmr: --since: expected .* a date such as \S+, got "2026-13-01"\n$/],
    [
      ['ls', '--since', 'yesterday'],
      /^gmr: --since: expected a time ago such as 10min, .* a date .*, got "yesterday"\n$/,
    ],
    [['ls', '--group', '--follow'], /^gmr: expected --group or --follow, got both\n$/],
    [['completion', 'tcsh'], /^gmr: expected bash, zsh, fish, got tcsh\n$/],
    [['top', '--interval', '5ms'], /^gmr: --interval: expected 100ms or more, got 5ms\n$/],
    [['help', 'lst'], /^gmr: unknown command lst: expected collect, /],
    [['dump', '1', '--samples', '1'], /^gmr: --samples: expected 2 to 100, got 1\n$/],
    [['dump', '1', '--interval', '1s'], /^gmr: --interval: expected --samples with it\n$/],
    [['dump', '1', '--samples', '2', '--interval', '1'], /^gmr: --interval: expected a duration such as 200ms/],
    [['dump', '1', '--text', '--full'], /^gmr: expected one of --short, --text, --full, --heap and --json\n$/],
  ])('%j exits with 2 and one clear line', async (args, message) => {
    const { code, stdout, stderr } = await gmr(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says that a port is in use, or that a directory cannot be used', async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
    const { port } = taken.address() as AddressInfo;
    const used = await gmr('collect', '--port', String(port), '--dir', join(directory, 'a'));
    expect(used).toEqual({
      code: 1,
      stdout: '',
      stderr: `gmr: 127.0.0.1 port ${port} is in use, perhaps by another collector: try --port 0\n`,
    });
    taken.close();
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect((await gmr('collect', '--port', '0', '--dir', join(file, 'below'))).stderr).toMatch(
      /^gmr: --dir .* cannot be used: /,
    );
    expect((await gmr('ls', '--dir', join(directory, 'none'))).stderr).toMatch(
      /^gmr: there is no .*: has a collector run/,
    );
  });

  it('warns if it listens on an address that is not loopback, also with --quiet', async () => {
    const open = startNode([
      CLI,
      'collect',
      '--port',
      '0',
      '--host',
      '0.0.0.0',
      '--quiet',
      '--dir',
      join(directory, 'b'),
    ]);
    expect(await open.untilStderr(/\n/)).toMatch(
      /^gmr collect: open to everyone who reaches http:\/\/0\.0\.0\.0:\d+: there is no authentication, and no encryption$/m,
    );
    for (const host of ['127.0.0.1', 'localhost']) {
      const closed = startNode([CLI, 'collect', '--port', '0', '--host', host, '--dir', join(directory, 'c')]);
      await closed.untilStdout(/listening on/);
      closed.kill('SIGTERM');
      await closed.ended;
      expect(closed.stderr()).toBe('');
    }
  });

  it('escapes control characters in JSON as in text', async () => {
    const place = join(directory, 'json');
    mkdirSync(place);
    writeFileSync(join(place, 'logs.jsonl'), `${line(FIRST, 'a\u009b2J\u202e\u001b[2J\n')}\n`);
    const { stdout } = await gmr('show', '--json', '--dir', place);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(stdout).sections[0].text).toBe('a\u009b2J\u202e\u001b[2J\n');
  });

  it('lists and shows the stored reports, skips a line that is cut off, and escapes control characters', async () => {
    const second = `1111${'2'.repeat(28)}`;
    writeFileSync(
      join(directory, 'logs.jsonl'),
      `${line(FIRST, 'first \u001b[2J\n')}\n${line(second, 'second\n')}\n{"resourceLogs":[{"sc`,
    );
    const listed = await gmr('ls', '--dir', directory);
    expect(listed.stdout.split('\n')[1]).toMatch(new RegExp(`^${FIRST.slice(0, 8)}`));
    expect((await gmr('show', '1111', 'nothing', '--dir', directory)).stderr).toMatch(/^gmr: 1111 matches 2 reports/);
    expect((await gmr('show', FIRST, 'nothing', '--dir', directory)).stderr).toBe(
      `gmr: nothing is neither a report id nor a section of ${FIRST}: it has report\n`,
    );
    expect((await gmr('show', FIRST, '--dir', directory)).stdout).toBe('first \\x1b[2J\n');
    expect((await gmr('show', '--dir', directory)).stdout).toBe('second\n');
    expect((await gmr('show', '1111', '--dir', directory)).stderr).toMatch(/^gmr: 1111 matches 2 reports/);
    expect((await gmr('show', '9999', '--dir', directory)).stderr).toMatch(/^gmr: no report 9999/);
    expect(JSON.parse((await gmr('show', second, '--json', '--dir', directory)).stdout)).toMatchObject({ id: second });
  });
});
