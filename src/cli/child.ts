import { type ChildProcess, spawn } from 'node:child_process';
import { CommandError } from './usage.js';

/** A Node program whose output is passed on and can be awaited. */
export interface Child {
  readonly pid: number;
  /**
   * Resolves with the output of both streams once `pattern` matches it.
   *
   * @param what the subject of the error if it does not come
   * @throws CommandError
   */
  untilPrinted(pattern: RegExp, what: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Generous, for slow machines. */
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
  const checkAll = () => {
    for (const check of waiting) check();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      options.show(text, stream);
      checkAll();
    });
  }
  child.on('error', (error) => {
    ended = `the service could not be started (${error.message})`;
    checkAll();
  });
  child.on('close', (code, signal) => {
    ended ??= `the service ended (${signal ?? `exit code ${code}`})`;
    checkAll();
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    untilPrinted: (pattern, what) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          act();
        };
        const check = () => {
          if (pattern.test(printed)) finish(() => resolve(printed));
          else if (ended !== undefined) finish(() => reject(new CommandError(`${ended} before ${what} was printed`)));
        };
        const timer = setTimeout(
          () => finish(() => reject(new CommandError(`${what} was not printed in ${DEADLINE_MS / 1000} s`))),
          DEADLINE_MS,
        );
        waiting.add(check);
        check();
      }),
  };
}
