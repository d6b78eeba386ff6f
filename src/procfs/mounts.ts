/** /proc/<pid>/mountinfo, see proc_pid_mountinfo(5). */

import { unescapePath } from '../files/mounts.js';

export interface Mount {
  /** The directory of the mounted file system that is visible at `point`. */
  readonly root: string;
  readonly point: string;
  /** `cgroup2`, `cgroup`, `overlay`, … */
  readonly type: string;
  /** Of the file system: for version 1 cgroups, the controllers' names. */
  readonly options: readonly string[];
}

/** `id parent major:minor root point options fields… - type source options`, a mount a line. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [own = '', fileSystem] = line.split(' - ');
    const [, , , root, point] = own.split(' ');
    const [type, , options] = fileSystem?.split(' ') ?? [];
    if (root === undefined || point === undefined || type === undefined) return [];
    return [{ root: unescapePath(root), point: unescapePath(point), type, options: options?.split(',') ?? [] }];
  });
}
