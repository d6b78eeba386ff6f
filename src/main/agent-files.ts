import { readFileSync } from 'node:fs';
import { pathIn } from '../files/path-in.js';
import { readEnvironment } from './environment.js';

/** The built files that run in the agent's thread. */
export interface AgentFiles {
  /** The program of the thread. */
  readonly text: string;
  /** Its reporting half, gzipped. */
  readonly reporting: SharedArrayBuffer;
  /** See `StartData`. */
  readonly configParser: SharedArrayBuffer | undefined;
  /** The file that this code is in. */
  readonly ownFile: string;
}

/** The first text of the agent's file: the build writes it. */
const MARK = '/* guru-meditation agent */';

/**
 * Reads them from the directory above this file's. The main thread reads them, since its `fs` may have been extended at the
 * program's start, by Yarn's archives for example.
 *
 * @throws Error if this code is in a program's own bundle: the files are not beside it then
 */
export function readAgent(): AgentFiles {
  try {
    const directory = pathIn(import.meta.dirname, '..');
    const text = readFileSync(pathIn(directory, 'agent.js'), 'utf8');
    if (text.startsWith(MARK)) {
      return {
        text,
        reporting: readShared(pathIn(directory, 'reporting.js.gz')),
        configParser: readEnvironment().OTEL_CONFIG_FILE
          ? readShared(pathIn(directory, 'config-file.js.gz'))
          : undefined,
        ownFile: import.meta.filename,
      };
    }
  } catch {
    // Not beside this code, or it has no directory: this is a bundle.
  }
  throw new Error(
    'guru-meditation is bundled into the program, and its second thread is not: leave it out of the bundle (external), or start the bundle with node --import guru-meditation/register',
  );
}

/** Shared memory: nothing is copied when the agent starts. */
function readShared(path: string): SharedArrayBuffer {
  const bytes = readFileSync(path);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
