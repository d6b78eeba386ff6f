import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPlace } from './local.js';

/** Deeper paths are refused; the kernel's own bound on a path is 4,096 bytes. */
const MAX_DEPTH = 64;
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;

/** An error with a code, as the system's own have: `EREMOTE` for a path that is not on a local file system. */
export function fileError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** Makes a directory and those above it, mode 0700. @throws Error with the system's code, or `EREMOTE` */
export function makeDirectory(path: string): void {
  requireLocal(path);
  makeMissingDirectories(path);
}

/**
 * The same on any file system, so it may wait for one: only for a process of its own, never for the agent.
 *
 * Not by `mkdirSync(path, { recursive: true })`: it never returns beneath `/proc`, where no parent can be made and the
 * error does not say that one is missing.
 *
 * @throws Error with the system's code
 */
export function makeMissingDirectories(path: string): void {
  const missing: string[] = [];
  for (let at = path; !isDirectory(at); at = dirname(at)) {
    if (missing.length >= MAX_DEPTH || at === dirname(at)) throw fileError('ENAMETOOLONG', `${path} is too deep`);
    missing.push(at);
  }
  for (const directory of missing.reverse()) {
    try {
      mkdirSync(directory, PRIVATE_DIRECTORY);
    } catch (error) {
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isDirectory(directory)) throw error;
    }
  }
}

/**
 * Writes a file of its own, mode 0600, so that a reader of the directory sees whole files only. It survives the process
 * from then on; it is not forced to the disk, which may take seconds.
 *
 * @returns the file's path
 * @throws Error with the system's code, or `EREMOTE`; nothing is left behind then
 */
export function writeAtomically(directory: string, name: string, bytes: Buffer): string {
  requireLocal(directory);
  const path = join(directory, name);
  const partial = join(directory, `.${name}.${process.hrtime.bigint().toString(36)}`);
  try {
    const descriptor = openSync(partial, 'wx', PRIVATE_FILE);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, path);
    return path;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** @throws Error with the code `EREMOTE` and the reason */
export function requireLocal(path: string): void {
  const place = findPlace(path);
  if (!place.isLocal) throw fileError('EREMOTE', place.reason);
}

/** @throws Error if a part of the path is a file, or cannot be looked at */
function isDirectory(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) throw fileError('ENOTDIR', `${path} is not a directory`);
  return stats !== undefined;
}
