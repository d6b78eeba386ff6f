import { type ChildProcess, spawn } from 'node:child_process';
import { CommandError } from './usage.js';

/** A Node program whose output is passed on, and can be waited for. */
export interface Child {
  readonly pid: number;
  /** Resolves with what it had printed, on both streams, when `pattern` first matched; `what` is for who waits in vain. */
  seen(pattern: RegExp, what: string): Promise<string>;
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
  let ended: string | undefined;
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
  child.on('error', (error) => {
    ended = `the service could not be started (${error.message})`;
    check();
  });
  child.on('close', (code, signal) => {
    ended ??= `the service ended (${signal ?? `exit code ${code}`})`;
    check();
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    seen: (pattern, what) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          act();
        };
        const look = () => {
          if (pattern.test(printed)) finish(() => resolve(printed));
          else if (ended !== undefined) finish(() => reject(new CommandError(`${ended} before ${what} was seen`)));
        };
        const timer = setTimeout(
          () => finish(() => reject(new CommandError(`${what} was not seen in ${DEADLINE_MS / 1000} s`))),
          DEADLINE_MS,
        );
        waiting.add(look);
        look();
      }),
  };
}
