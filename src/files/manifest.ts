import { join } from 'node:path';
import { readTextFile } from './text-file.js';

/** The fields of a package.json. */
export type Manifest = { readonly [field: string]: unknown };

/** Others' processes may have anything of that name, as `gmr ps` sees them. */
const MAX_BYTES = 1024 * 1024;

/**
 * The package.json of a directory; undefined if it has none, or none that can be read.
 *
 * @param readText @default files on local file systems only
 */
export function readManifest(directory: string, readText = readLocalText): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readText(join(directory, 'package.json'), MAX_BYTES) ?? 'null');
    return typeof manifest === 'object' && manifest !== null ? (manifest as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

function readLocalText(path: string, maxBytes: number): string | undefined {
  return readTextFile(path, maxBytes)?.text;
}
