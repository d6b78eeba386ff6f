import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { makeDirectory, requireLocal } from '../../files/write.js';

/*
 * Another user could read the reports in their own directory, and forge files in it. So the spool uses only directories
 * of its own user, and reads only regular files.
 */

const MAX_FILE_BYTES = 256 * 1024 * 1024;
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Whether the directory exists. @throws Error if it is not trusted, or not on a local file system */
export function isTrusted(directory: string): boolean {
  requireLocal(directory);
  const about = lstatSync(directory, { throwIfNoEntry: false });
  if (about === undefined) return false;
  if (!about.isDirectory())
    throw new Error(`${directory} is ${about.isSymbolicLink() ? 'a symbolic link' : 'not a directory'}`);
  const user = process.getuid?.();
  if (user === undefined) return true;
  if (about.uid !== user) throw new Error(`${directory} belongs to user ${about.uid}, this is user ${user}`);
  if ((about.mode & 0o077) !== 0) chmodSync(directory, 0o700);
  return true;
}

/** Makes the directory if it does not exist. @throws the system's error; Error if it is not trusted */
export function prepareDirectory(directory: string): void {
  if (isTrusted(directory)) return;
  makeDirectory(directory);
  isTrusted(directory);
}

/** @throws the system's error; Error if the file is not trusted */
export function readTrusted(path: string): Buffer {
  requireLocal(path);
  const descriptor = openSync(path, READ_FLAGS);
  try {
    const about = fstatSync(descriptor);
    const user = process.getuid?.();
    if (!about.isFile()) throw new Error('it is not a regular file');
    if (user !== undefined && about.uid !== user) throw new Error(`it belongs to user ${about.uid}`);
    if (about.size > MAX_FILE_BYTES) throw new Error('it is larger than any report');
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
