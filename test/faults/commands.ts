import { execFileSync } from 'node:child_process';

/** Whether a command of this machine ends with code 0. @param uid the user that it runs as */
export function succeeds(command: string, args: readonly string[], uid?: number): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', ...(uid === undefined ? {} : { uid, gid: uid }) });
    return true;
  } catch {
    return false;
  }
}
