import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The built files that run in the agent's thread. */
export interface AgentFiles {
  /** The program of the thread. */
  readonly text: string;
  /** Its reporting half, gzipped. */
  readonly reporting: SharedArrayBuffer;
  /** The file that this code is in. */
  readonly ownFile: string;
}

/** The build begins the agent's file with it. */
const MARK = '/* guru-meditation agent */';

/** Reads them from the directory above this file's. The main thread reads them: its file system may include one that the program was started with, such as Yarn's archives.
 * @throws Error if this code is in a program's own bundle: the files are not beside it then
 */
export function readAgent(): AgentFiles {
  try {
    const directory = join(import.meta.dirname, '..');
    const text = readFileSync(join(directory, 'agent.js'), 'utf8');
    if (text.startsWith(MARK)) {
      return { text, reporting: readShared(join(directory, 'reporting.js.gz')), ownFile: import.meta.filename };
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
