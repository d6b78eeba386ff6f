import { hasOpenssl } from '../../test/faults/certificate.js';
import { succeeds } from '../../test/faults/commands.js';
import { canBindNames } from '../../test/faults/names.js';
import { canLimit } from '../../test/places/cgroup.js';
import { canFreeze } from '../../test/places/disk.js';
import { canMount } from '../../test/places/file-system.js';
import type { Need } from './ill.js';

/** Looks once at this machine. @returns a function that lists those of the given that are missing here */
export function lookAtMachine(directory: string): (needs: readonly Need[]) => readonly Need[] {
  const isThere: { readonly [need in Need]: boolean } = {
    root: process.getuid?.() === 0,
    '/dev/fuse': canMount(),
    'a mount namespace': canBindNames,
    'a loop device': canFreeze(directory),
    'cgroup cpu': canLimit('cpu'),
    'cgroup pids': canLimit('pids'),
    prlimit: succeeds('prlimit', ['--version']),
    openssl: hasOpenssl,
  };
  return (needs) => needs.filter((need) => !isThere[need]);
}
