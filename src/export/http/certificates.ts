import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readRemote } from '../../files/helper.js';
import { isLocal } from '../../files/local.js';
import { readFileBounded } from '../../files/read.js';
import type { Certificates } from '../target.js';

/** Contents of files in PEM. */
export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface OwnCertificates {
  readonly tls: Tls;
  /** The files that are not on a local file system: they have not been read. */
  readonly remote: Certificates;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** The longest wait for a file that is not on a local file system, in milliseconds. */
const REMOTE_MS = 3000;

/** Reads the files that can be read without waiting. `problems`: for each file that is left out a sentence that says why. */
export function readCertificates(files: Certificates): OwnCertificates & { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const remote: { -readonly [use in keyof Certificates]: Certificates[use] } = {};
  const load = (use: keyof Certificates): Tls => {
    const file = files[use];
    if (file === undefined) return {};
    const path = resolve(file.path);
    if (!isLocal(path)) {
      remote[use] = file;
      return {};
    }
    const content = readFileBounded(path, MAX_BYTES);
    if (content !== undefined) return { [use]: content.bytes };
    problems.push(`${file.variable}=${file.path} cannot be read (${explain(path)}): it is left out`);
    return {};
  };
  const tls = { ...load('ca'), ...load('cert'), ...load('key') };
  return { tls, remote, problems };
}

/**
 * Adds the files that are not local to those that have been read, each read in a process of its own. Rejects if one of them
 * cannot be read in time.
 */
export async function completeCertificates({ tls, remote }: OwnCertificates): Promise<Tls> {
  const read = async (use: keyof Certificates): Promise<Tls> => {
    const file = remote[use];
    if (file === undefined) return {};
    const { variable, path } = file;
    try {
      return { [use]: await readRemote(resolve(path), MAX_BYTES, REMOTE_MS) };
    } catch (error) {
      const { message } = error as Error;
      // `describeError` takes this code for a failure that is worth another try.
      throw Object.assign(new Error(`${variable}=${path} cannot be read: ${message}`), { code: 'EIO' });
    }
  };
  return Object.assign({}, tls, ...(await Promise.all([read('ca'), read('cert'), read('key')])));
}

/** Looks at a local path that could not be read. */
function explain(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return 'it is not a regular file';
    return stats.size > MAX_BYTES ? `it has more than ${MAX_BYTES} bytes` : 'no permission, or no descriptor left';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
