import type { Program, StartOptions } from '../../test/process/start.js';
import type { Sink } from '../sink.js';

/** Something that ails a process, and the way to make it. */
export interface Ill {
  readonly name: string;
  /** Without these on the machine it cannot be made. */
  readonly needs?: readonly Need[];
  /** Makes its surroundings, anew for each program. */
  prepare(place: Surroundings): Setup | Promise<Setup>;
}

export type Need =
  | 'root'
  | '/dev/fuse'
  | 'a mount namespace'
  | 'a loop device'
  | 'cgroup cpu'
  | 'cgroup pids'
  | 'prlimit'
  | 'openssl';

export interface Surroundings {
  /** Empty, and removed afterwards. */
  readonly directory: string;
  readonly sink: Sink;
  readonly isArmed: boolean;
}

export interface Setup {
  readonly env?: Readonly<Record<string, string>>;
  /** Of the whole program. @default one that waits, and runs `begin` at its start and `later` when it is told to */
  readonly text?: string;
  readonly begin?: string;
  readonly later?: string;
  /** The program's file, if it has one of its own. */
  readonly file?: string;
  /** The text is CommonJS, by `-e`, and the package comes by `--require`: that needs the fewest threads. */
  readonly isEvaluated?: true;
  /** @default `startNode` */
  start?(args: readonly string[], options: StartOptions): Program | Promise<Program>;
  /** Milliseconds between the program's start and the ill. @default 500 */
  readonly settleMs?: number;
  /** The ill begins. */
  strike?(program: Program): void | Promise<void>;
  /** Has to be on stderr or stdout, in a report or instead of one. */
  readonly says?: RegExp;
  /** `none`: there can be none, and `says` says so. @default comes */
  readonly report?: 'comes' | 'none';
  /** `kept`: nothing takes it, and stderr says where it waits. @default taken */
  readonly delivery?: 'taken' | 'kept' | 'none';
  /** How the program is ended. @default exit */
  readonly end?: 'exit' | 'SIGTERM' | 'SIGKILL';
  /** Lets a program end that could not. */
  beforeEnd?(): void;
  /** Written to its stdin for `exit`. @default exit */
  readonly exitWord?: string;
  undo?(): void | Promise<void>;
}

/** The exit code of `process.exit` in all programs. */
export const EXIT_CODE = 7;

/** Waits, and obeys the words `later` and `exit`. */
export function writeText({ begin = '', later = '' }: Pick<Setup, 'begin' | 'later'>): string {
  return `import fs from 'node:fs';
${begin}
process.stdin.on('data', (data) => {
  if (String(data) === 'exit') process.exit(${EXIT_CODE});
  ${later};
  console.log('later');
});
setInterval(() => {}, 1000);
console.log('up');
`;
}

/** Has the program run its `later`, and waits until it has. */
export async function strikeLater(program: Program): Promise<void> {
  program.child.stdin?.write('later');
  await program.untilStdout(/later/);
}
