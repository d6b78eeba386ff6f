import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, type Program, startNode } from '../process/start.js';
import type { Random } from './random.js';
import { makeRawRequest, type RawRequest, VIEWER_TOKEN } from './requests.js';

export interface ReceiverResult {
  readonly inputs: number;
  /** How many were answered with each status; 'none' for those to which nothing was said. */
  readonly statuses: { readonly [status: string]: number };
  readonly peakMib: number;
}

/** A collector for small machines: what one body of 20 MiB may become is bounded well beneath. */
const MOST_MIB = 700;
/** Of what a client has not finished. */
const PATIENCE_MS = 300;
const DEADLINE_MS = 90_000;
const CHECK_EVERY = 100;
const AT_ONCE = 10;
const EXPECTED = [100, 200, 303, 400, 401, 403, 404, 405, 408, 413, 415, 417, 431, 503];

/** Feeds a real collector; `goesOn` is asked before each input. @throws Error that says what went wrong, and at which input. */
export async function fuzzReceiver(random: Random, goesOn: (inputs: number) => boolean): Promise<ReceiverResult> {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const collector = startNode([CLI, 'collect', '--port', '0', '--dir', directory], {
    env: { GMR_VIEWER_TOKEN: VIEWER_TOKEN },
  });
  try {
    const said = await collector.untilStdout(/listening on \S+,/);
    const port = Number(/listening on \S+:(\d+),/.exec(said)?.[1]);
    const statuses: { [status: string]: number } = {};
    let inputs = 0;
    while (goesOn(inputs)) {
      const batch = Array.from({ length: AT_ONCE }, () => makeRawRequest(random));
      const answers = await Promise.all(batch.map((request) => send(port, request)));
      inputs += batch.length;
      for (const [n, answer] of answers.entries()) {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
        statuses[status] = (statuses[status] ?? 0) + 1;
        if ((status !== 'none' && !EXPECTED.includes(Number(status))) || answer.includes('an error of the collector'))
          throw new Error(`answered ${answer.slice(0, 300)} to ${batch[n]?.bytes.toString('latin1').slice(0, 3000)}`);
      }
      if (collector.stderr() !== '') throw new Error(`after ${inputs} inputs it says: ${collector.stderr()}`);
      if (inputs % CHECK_EVERY === 0) await checkHealth(port, collector, inputs);
    }
    await checkHealth(port, collector, inputs);
    const peakMib = readPeakMib(collector.pid);
    if (peakMib > MOST_MIB) throw new Error(`it took ${peakMib} MiB`);
    collector.kill('SIGTERM');
    if ((await collector.ended).code !== 0) throw new Error('it did not end as it should');
    await checkOutput(collector, directory);
    return { inputs, statuses, peakMib };
  } finally {
    collector.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

function send(port: number, { bytes, half }: RawRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(
      () =>
        half || answer !== '' ? end() : reject(new Error(`no answer to ${bytes.toString('latin1').slice(0, 3000)}`)),
      half ? PATIENCE_MS : DEADLINE_MS,
    );
    // A request that announces more than it has is a half one, too.
    socket.setTimeout(PATIENCE_MS * 10, end);
    socket.on('data', (chunk: Buffer) => {
      if (answer.length < 2000) answer += chunk.toString('latin1');
    });
    socket.on('close', end).on('error', end);
  });
}

/** It still takes a report, and others are not kept from theirs. */
async function checkHealth(port: number, collector: Program, inputs: number): Promise<void> {
  const attributes = [
    { key: 'gmr.report.id', value: { stringValue: String(inputs).padStart(32, '0') } },
    { key: 'gmr.section.index', value: { intValue: 0 } },
    { key: 'gmr.section.count', value: { intValue: 1 } },
  ];
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST', headers, body });
  if (answer.status !== 200) throw new Error(`after ${inputs} inputs a report is answered with ${answer.status}`);
  await collector.untilStdout(new RegExp(`report ${String(inputs).padStart(32, '0')}`));
}

/** Its output, and the views of its stored reports, hold no control characters. */
async function checkOutput(collector: Program, directory: string): Promise<void> {
  const listed = startNode([CLI, 'ls', '--dir', directory]);
  const asJson = startNode([CLI, 'ls', '--json', '--dir', directory]);
  const shown = startNode([CLI, 'show', '--dir', directory]);
  const structure = startNode([CLI, 'show', '--json', '--dir', directory]);
  for (const command of [listed, asJson, shown, structure])
    if ((await command.ended).code !== 0) throw new Error(`a command failed: ${command.stderr()}`);
  for (const { stdout } of [collector, listed, asJson, shown, structure])
    if (/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u.test(stdout()))
      throw new Error('a control character is shown raw');
}

function readPeakMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
