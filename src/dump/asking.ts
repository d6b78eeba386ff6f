import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { readAnyFile } from '../files/read.js';
import { parseInnermostPid } from '../procfs/process.js';
import { readLink, readText } from '../procfs/read.js';
import {
  type Answer,
  answerName,
  BASES,
  exchangeDirectory,
  type Question,
  questionName,
  takenName,
} from './exchange.js';

/** The process that is asked. */
export interface Target {
  readonly pid: number;
  /** The process's effective user. */
  readonly uid: number;
  readonly startedMs: number;
}

/** A question that lies before a process. */
export interface Exchange {
  /** Whether the agent has taken the question, and makes a report. */
  isTaken(): boolean;
  /** Undefined until it has come. */
  readAnswer(): Answer | undefined;
  /** Removes all that was made for it. */
  end(): void;
}

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Puts a question before a process. @throws Error with the reason for each place that cannot be used */
export function openExchange(target: Target, asked: Omit<Question, 'startedMs'>, bases = BASES): Exchange {
  const root = findRoot(target.pid);
  const reasons: string[] = [];
  for (const base of bases) {
    try {
      return open(target, join(root, base), asked);
    } catch (error) {
      reasons.push(`${base}: ${(error as Error).message}`);
    }
  }
  throw new Error(`no place for the question and its answer (${reasons.join('; ')})`);
}

function open(target: Target, base: string, asked: Omit<Question, 'startedMs'>): Exchange {
  // Open until the end: if the process ends, /proc/PID/root is gone, and the files that were made there would stay.
  const descriptor = openSync(base, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const directory = exchangeDirectory(`/proc/self/fd/${descriptor}`, findInnermostPid(target.pid));
  const key = randomBytes(8).toString('hex');
  const question = join(directory, questionName(key));
  const answer = join(directory, answerName(key));
  let isOurs = false;
  const end = () => {
    if (isOurs) remove(directory, [question, `${question}.new`, join(directory, takenName(key)), answer]);
    closeSync(descriptor);
  };
  try {
    makeFor(directory, target.uid);
    isOurs = true;
    const content: Question = { startedMs: target.startedMs, ...asked };
    writeFileSync(`${question}.new`, JSON.stringify(content), { flag: 'wx', mode: PRIVATE_FILE });
    chownSync(`${question}.new`, target.uid, -1);
    renameSync(`${question}.new`, question);
  } catch (error) {
    end();
    throw error;
  }
  return { isTaken: () => !existsSync(question), readAnswer: () => readAnswer(answer), end };
}

function remove(directory: string, files: readonly string[]): void {
  for (const file of files) rmSync(file, { force: true });
  try {
    rmdirSync(directory);
  } catch {
    // Somebody else asks the same process.
  }
}

function readAnswer(file: string): Answer | undefined {
  // The process that is asked could lead the reader, root perhaps, to another file.
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const content = readAnyFile(file, MAX_ANSWER_BYTES);
  return content && (JSON.parse(content.bytes.toString()) as Answer);
}

/** Makes a directory that only this user can open, or finds one that another `gmr dump` has made. */
function makeFor(directory: string, uid: number): void {
  try {
    mkdirSync(directory, PRIVATE_DIRECTORY);
    chownSync(directory, uid, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stats = lstatSync(directory);
  const name = basename(directory);
  if (!stats.isDirectory()) throw new Error(`${name} is not a directory`);
  if (stats.uid !== uid) throw new Error(`${name} belongs to user ${stats.uid}, not to ${uid}`);
}

/** The file system as the process sees it: it may be a container's. A user who may not trace the process cannot enter it. */
function findRoot(pid: number): string {
  const root = `/proc/${pid}/root`;
  return readLink(root) === undefined ? '/' : root;
}

/** The process looks for its questions under the pid that it knows itself by. */
function findInnermostPid(pid: number): number {
  return parseInnermostPid(readText(`/proc/${pid}/status`) ?? '') ?? pid;
}
