/** The container that this process runs in, by the traces that container runtimes leave in /proc. */

import { parseMemberships } from './cgroup-path.js';
import { parseMounts } from './mounts.js';
import { readText } from './read.js';

/** `container.id` of the OpenTelemetry conventions; undefined outside a container, or if the container leaves no trace. */
export function readContainerId(root = '/proc'): string | undefined {
  return (
    findContainerId(readText(`${root}/self/cgroup`) ?? '') ??
    findContainerIdInMounts(readText(`${root}/self/mountinfo`, 1024 * 1024) ?? '')
  );
}

/**
 * In the control group's path: `/docker/<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>.scope`,
 * `libpod-<id>.scope`, `/kubepods/…/<id>`, and `/ecs/<task>/<32 digits>-<number>` of Fargate. The last one counts,
 * for containers in containers.
 */
export function findContainerId(cgroup: string): string | undefined {
  for (const { path } of parseMemberships(cgroup)) {
    const id = path.split('/').map(idOfGroup).findLast(Boolean);
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * Inside a cgroup namespace the path is `/`. Docker and Podman then show it in the files that they mount over /etc:
 * `/var/lib/docker/containers/<id>/hostname`. The files of containerd carry the id of the pod's sandbox, which is another
 * container.
 */
export function findContainerIdInMounts(mountinfo: string): string | undefined {
  for (const { root, point } of parseMounts(mountinfo)) {
    if (!/^\/etc\/(hostname|hosts|resolv\.conf)$/.test(point)) continue;
    const id = /containers\/([0-9a-f]{64})\//.exec(root)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}

function idOfGroup(name: string): string | undefined {
  // `libpod-conmon-<id>` is the group of the watcher, not of the container.
  if (name.includes('conmon')) return undefined;
  return /^(?:.+[-:])?([0-9a-f]{64})(?:\.scope)?$/.exec(name)?.[1] ?? /^[0-9a-f]{32}-\d+$/.exec(name)?.[0];
}
