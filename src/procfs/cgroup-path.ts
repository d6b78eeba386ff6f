/** The directories of this process's control groups: /proc/self/cgroup joined with the mounts, see cgroups(7). */

import type { Mount } from './mounts.js';

/** A line of /proc/<pid>/cgroup. */
export interface Membership {
  /** The controllers of a version 1 hierarchy; empty for version 2. */
  readonly controllers: readonly string[];
  /** From the root of the reader's cgroup namespace; `/../…` if the group lies outside of it. */
  readonly path: string;
}

/** `hierarchy:controllers:path`, a line each; `0::path` is version 2. */
export function parseMemberships(text: string): Membership[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return [];
    return [{ controllers: match[1].split(',').filter((name) => name !== ''), path: match[2] }];
  });
}

/**
 * The directories of a group and of its parents, the group's own first, as far up as the mount shows them.
 * @param controller of version 1; absent for version 2
 */
export function groupDirectories(
  memberships: readonly Membership[],
  mounts: readonly Mount[],
  controller?: string,
): string[] {
  const membership = memberships.find(({ controllers }) =>
    controller === undefined ? controllers.length === 0 : controllers.includes(controller),
  );
  const mount = mounts.find(({ type, options }) =>
    controller === undefined ? type === 'cgroup2' : type === 'cgroup' && options.includes(controller),
  );
  if (membership === undefined || mount === undefined) return [];
  const names = pathBelow(membership.path, mount.root).split('/').filter(Boolean);
  return [...names.keys(), names.length].reverse().map((depth) => [mount.point, ...names.slice(0, depth)].join('/'));
}

/**
 * The rest of `path` beneath `root`. In a container without a cgroup namespace, both of them are the host's. For a path that is
 * not mounted it is empty: the mount's own root is the nearest group that can be read.
 */
function pathBelow(path: string, root: string): string {
  if (path === '/..' || path.startsWith('/../')) return '';
  if (root === '/') return path;
  if (path === root) return '';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : '';
}
