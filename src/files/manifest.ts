import { pathIn } from './path-in.js';
import { readTextFile } from './text-file.js';

/** The fields of a package.json. */
export type Manifest = { readonly [field: string]: unknown };

/** `gmr ps` also reads the package.json of other users' processes: that file may be anything. */
const MAX_BYTES = 1024 * 1024;

/**
 * The package.json of a directory; undefined if it has none, or none that can be read.
 *
 * @param readText @default files on local file systems only
 */
export function readManifest(directory: string, readText = readLocalText): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readText(pathIn(directory, 'package.json'), MAX_BYTES) ?? 'null');
    return typeof manifest === 'object' && manifest !== null ? (manifest as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

function readLocalText(path: string, maxBytes: number): string | undefined {
  return readTextFile(path, maxBytes)?.text;
}
