import { type ChildProcess, spawn } from 'node:child_process';
import { CommandError } from './usage.js';

/** A Node program whose output is passed on, and can be waited for. */
export interface Child {
  readonly pid: number;
  readonly cwd: string;
  /** Resolves with the first match in what it has printed, on either stream. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

/** Generous: it bounds a wait, and measures nothing. */
const DEADLINE_MS = 30_000;

export function startChild(
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string; show: (text: string, stream: 'stdout' | 'stderr') => void },
): Child {
  const child: ChildProcess = spawn(process.execPath, args, {
    env: options.env,
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const check = () => {
    for (const one of waiting) one();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      options.show(text, stream);
      check();
    });
  }
  child.on('error', () => {});
  child.on('close', () => {
    ended = true;
    check();
  });
  return {
    pid: child.pid ?? 0,
    cwd: options.cwd,
    kill: (signal) => void child.kill(signal),
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const finish = (error: Error | undefined, match?: RegExpExecArray) => {
          clearTimeout(timer);
          waiting.delete(look);
          if (match) resolve(match);
          else reject(error);
        };
        const look = () => {
          const match = pattern.exec(printed);
          if (match) finish(undefined, match);
          else if (ended) finish(new CommandError(`the demo's service ended before it printed ${pattern}`));
        };
        const timer = setTimeout(
          () => finish(new CommandError(`the demo's service did not print ${pattern} in ${DEADLINE_MS / 1000} s`)),
          DEADLINE_MS,
        );
        waiting.add(look);
        look();
      }),
  };
}
