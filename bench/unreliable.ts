import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pause } from './load.js';

/** `gmr collect`, coming and going on one port. */
export interface UnreliableCollector {
  readonly url: string;
  /** How often it went, half of the times killed in whatever it did. */
  readonly falls: () => number;
  /** Up, and stays up. */
  settle(): Promise<void>;
  stop(): void;
}

export async function startUnreliable(directory: string, upMs: number, downMs: number): Promise<UnreliableCollector> {
  let falls = 0;
  let settled = false;
  let { child, port } = await startCollector(directory, 0);
  const comeAndGo = async () => {
    for (;;) {
      await pause(upMs * (0.5 + Math.random()));
      if (settled) return;
      falls += 1;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(falls % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      await ended;
      await pause(downMs * (0.5 + Math.random()));
      ({ child, port } = await startCollector(directory, port));
    }
  };
  const going = comeAndGo();
  return {
    url: `http://127.0.0.1:${port}`,
    falls: () => falls,
    settle() {
      settled = true;
      return going;
    },
    stop: () => void child.kill(),
  };
}

async function startCollector(directory: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const gmr = fileURLToPath(new URL('../../dist/gmr.cjs', import.meta.url));
  const child = spawn(process.execPath, [gmr, 'collect', '--port', String(port), '--dir', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [, bound] = await new Promise<RegExpExecArray>((resolve, reject) => {
    let said = '';
    child.once('exit', () => reject(new Error('the collector ended before it listened')));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 1000) said += text;
      const found = /listening on \S+:(\d+),/.exec(said);
      if (found) resolve(found);
    });
  });
  return { child, port: Number(bound) };
}
