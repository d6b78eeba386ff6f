import { join } from 'node:path';

/*
 * `gmr dump` opens no socket. It makes a directory for the process that it asks, mode 0700 and of that process's user, puts
 * a question into it and sends the signal. The agent looks there when it makes a report, renames the question, and
 * leaves its answer. Then `gmr dump` removes the directory, unless another one still asks the same process.
 */

/**
 * The places for that directory: in memory, which can be written to even if the root file system is read-only; else among the
 * temporary files.
 */
export const BASES: readonly string[] = ['/dev/shm', '/tmp'];

/** @param pid as the process itself knows it: in its own namespace */
export function exchangeDirectory(base: string, pid: number): string {
  return join(base, `guru-meditation-dump-${pid}`);
}

export interface Question {
  /** Start of the asked process, in milliseconds after the machine's boot: a process of another container may have its pid. */
  readonly startedMs: number;
  readonly format: DumpFormat;
  /** Main is held while its heap is read. A process of an older version does not know this. */
  readonly exact?: true;
}

/** Milliseconds that a question is good for. Then `gmr dump` has given up, or has been killed. */
export const QUESTION_MS = 10_000;

/**
 * As `GMR_FORMAT`; `heap` is the census alone. A process of an older version answers with its text if it does not know the
 * format.
 */
export type DumpFormat = 'text' | 'short' | 'full' | 'heap' | 'json';

export type Answer =
  | { readonly kind: 'report'; readonly id: string; readonly content: string }
  /** No report is made; the reason as a sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

const QUESTION = /^question-([0-9a-f]{16})$/;

export function questionName(key: string): string {
  return `question-${key}`;
}

/** A question that the agent has taken. Its file stays until the answer: another `gmr dump` removes a directory without files. */
export function takenName(key: string): string {
  return `taken-${key}`;
}

export function answerName(key: string): string {
  return `answer-${key}`;
}

/** The key of a question's file; undefined for another file. */
export function keyOf(name: string): string | undefined {
  return QUESTION.exec(name)?.[1];
}
