import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readRemote } from '../../files/helper.js';
import { isLocal } from '../../files/local.js';
import { readFileBounded } from '../../files/read.js';
import type { Certificates } from '../../otel-environment.js';

/** Contents of files in PEM. */
export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface LocalCertificates {
  readonly tls: Tls;
  /** Those that are not on a local file system. */
  readonly remote: Certificates;
  /** For each file that is left out a sentence that says why. */
  readonly problems: readonly string[];
}

const MAX_BYTES = 4 * 1024 * 1024;
/** Milliseconds that a file system which is not local has to give a file. */
const REMOTE_MS = 3000;

/** Reads the files that can be read without waiting. */
export function readCertificates(files: Certificates): LocalCertificates {
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

/** Reads the others, in processes of their own. @throws Error, as a rejection, if one of them cannot be read in time */
export async function readRemoteCertificates(files: Certificates): Promise<Tls> {
  const uses = (['ca', 'cert', 'key'] as const).filter((use) => files[use] !== undefined);
  const read = async (use: keyof Certificates): Promise<Tls> => {
    const { variable = '', path = '' } = files[use] ?? {};
    try {
      return { [use]: await readRemote(resolve(path), MAX_BYTES, REMOTE_MS) };
    } catch (error) {
      const { message } = error as Error;
      // It can be read at another try.
      throw Object.assign(new Error(`${variable}=${path} cannot be read: ${message}`), { code: 'EIO' });
    }
  };
  return Object.assign({}, ...(await Promise.all(uses.map(read))));
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
