import type { StartData } from '../protocol.js';
import { expectedStderr } from '../stderr.js';
import { readCwd } from './cwd.js';
import { inspectorDenied } from './permission.js';

/** The facts that each agent of this process starts with. */
export type ProcessStart = Pick<StartData, 'argv' | 'execArgv' | 'cwd' | 'stderr' | 'shared' | 'inspectorDenied'>;

/** Read once: when the agent starts again, the process may have changed its directory, or lost it. */
export function readProcessStart(shared: SharedArrayBuffer): ProcessStart {
  return {
    argv: [...process.argv],
    execArgv: [...process.execArgv],
    cwd: readCwd(),
    stderr: expectedStderr(),
    shared,
    inspectorDenied: inspectorDenied(),
  };
}
