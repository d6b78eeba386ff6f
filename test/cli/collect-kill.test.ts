import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { makeRequest } from '../collector/stored.js';
import { CLI, killAll, type Program, startNode } from '../process/start.js';

const root = mkdtempSync(join(tmpdir(), 'killed-'));
afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ID = (n: number) => n.toString(16).padStart(32, '0');

async function collect(directory: string): Promise<{ readonly program: Program; readonly url: string }> {
  const program = startNode([CLI, 'collect', '--port', '0', '--dir', directory]);
  const [, url = ''] = /listening on (\S+),/.exec(await program.untilStdout(/listening on \S+,/)) ?? [];
  return { program, url };
}

async function list(directory: string): Promise<string[]> {
  const program = startNode([CLI, 'ls', '-n', '0', '--json', '--dir', directory]);
  expect(await program.ended).toEqual({ code: 0, signal: null });
  const lines = program.stdout().trim().split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}

it('two collectors of one directory lose nothing that they have taken when they are killed', async () => {
  const directory = mkdtempSync(join(root, 'run-'));
  const taken: string[] = [];
  let next = 0;
  for (let round = 0; round < 4; round += 1) {
    const collectors = [await collect(directory), await collect(directory)];
    const send = async (url: string) => {
      for (;;) {
        next += 1;
        const id = ID(next);
        try {
          const body = JSON.stringify(makeRequest(id));
          const answer = await fetch(`${url}/v1/logs`, {
            method: 'POST',
            body,
            headers: { 'content-type': 'application/json' },
          });
          if (answer.status === 200) taken.push(id);
        } catch {
          return;
        }
        // Each time at another moment of a request.
        if (taken.length >= (round + 1) * 37) for (const { program } of collectors) program.kill('SIGKILL');
      }
    };
    await Promise.all(collectors.flatMap(({ url }) => [send(url), send(url)]));
    await Promise.all(collectors.map(({ program }) => program.ended));
    const listed = new Set(await list(directory));
    expect(taken.filter((id) => !listed.has(id))).toEqual([]);
  }
  expect(taken.length).toBeGreaterThanOrEqual(4 * 37);
});

it('ls --follow lists each report once, when it comes', async () => {
  const directory = mkdtempSync(join(root, 'run-'));
  const { url } = await collect(directory);
  const send = (id: string) =>
    fetch(`${url}/v1/logs`, {
      method: 'POST',
      body: JSON.stringify(makeRequest(id)),
      headers: { 'content-type': 'application/json' },
    });
  await send(ID(0xa1));
  const follow = startNode([CLI, 'ls', '--follow', '--json', '--dir', directory]);
  await follow.untilStdout(new RegExp(ID(0xa1)));
  for (const id of [0xb2, 0xc3, 0xd4]) {
    await send(ID(id));
    await follow.untilStdout(new RegExp(ID(id)));
  }
  expect(
    follow
      .stdout()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id),
  ).toEqual([0xa1, 0xb2, 0xc3, 0xd4].map(ID));
});
