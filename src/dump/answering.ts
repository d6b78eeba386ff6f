import { lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isLocal } from '../files/local.js';
import { readFileBounded } from '../files/read.js';
import { writeAtomically } from '../files/write.js';
import { readStat } from '../procfs/stat.js';
import {
  type Answer,
  answerName,
  BASES,
  exchangeDirectory,
  keyOf,
  QUESTION_MS,
  type Question,
  questionName,
  takenName,
} from './exchange.js';

/** A question that has been taken, and waits for its answer. */
export interface Asked {
  readonly directory: string;
  readonly key: string;
  readonly question: Question;
}

const MAX_QUESTIONS = 16;
const MAX_BYTES = 1024;
/** Permissions of the group and of others. */
const SHARED_MODE = 0o077;

/** Takes the questions of `gmr dump` to this process. Never throws. */
export function takeQuestions(bases = BASES): readonly Asked[] {
  return bases.flatMap((base) => {
    try {
      return take(exchangeDirectory(base, process.pid));
    } catch {
      return [];
    }
  });
}

/** Leaves an answer. @returns whether it could be written */
export function answerQuestion({ directory, key }: Asked, answer: Answer): boolean {
  try {
    writeAtomically(directory, answerName(key), Buffer.from(JSON.stringify(answer)));
    rmSync(join(directory, takenName(key)), { force: true });
    return true;
  } catch {
    return false;
  }
}

function take(directory: string): Asked[] {
  if (!isLocal(directory) || !isOwn(directory)) return [];
  const keys = readdirSync(directory).flatMap((name) => keyOf(name) ?? []);
  return keys.slice(0, MAX_QUESTIONS).flatMap((key) => takeQuestion(directory, key) ?? []);
}

/** Undefined if the question is not for this process or too old, or if its `gmr dump` ends meanwhile. */
function takeQuestion(directory: string, key: string): Asked | undefined {
  try {
    const file = join(directory, questionName(key));
    const content = readFileBounded(file, MAX_BYTES);
    if (!content) return undefined;
    const question = JSON.parse(content.bytes.toString()) as Question;
    // Another container's process may have this pid, and share these files.
    if (question.startedMs !== readStat('/proc/self')?.startedAfterBootMs) return undefined;
    // `gmr dump` has given up: the report is printed as usual.
    if (Date.now() - content.stats.mtimeMs > QUESTION_MS) {
      rmSync(file);
      return undefined;
    }
    renameSync(file, join(directory, takenName(key)));
    return { directory, key, question };
  } catch {
    return undefined;
  }
}

/** Another user's directory, or one that others may write to, could lead the report to somebody else. */
function isOwn(directory: string): boolean {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.geteuid?.() && (stats.mode & SHARED_MODE) === 0;
}
