import { basename, dirname, join, resolve } from 'node:path';
import { readTextFile } from '../frames/text-file.js';
import type { PackageOptions } from '../protocol.js';
import type { PackageData } from '../report.js';

/** Where the program is and what is known of it from outside. */
export interface ProgramPlace {
  /** The script that was started; absent for `node -e` and the like. */
  readonly script: string | undefined;
  readonly cwd: string;
  /** Resource attributes that the environment sets (`OTEL_RESOURCE_ATTRIBUTES`). */
  readonly attributes: { readonly [name: string]: unknown };
}

/** Product, vendor and version: from the options, then the environment, then the nearest package.json of the main module. */
export function collectPackage(options: PackageOptions, place: ProgramPlace): PackageData {
  const manifest = findManifest(place)?.manifest ?? {};
  const product = options.product ?? asText(manifest.name) ?? nameOfScript(place.script);
  const vendor =
    options.vendor ?? asText(manifest.author) ?? asText((manifest.author as { name?: unknown } | undefined)?.name);
  const version = options.version ?? asText(place.attributes['service.version']) ?? asText(manifest.version);
  const commit =
    asText(place.attributes['vcs.ref.head.revision']) ?? asText(place.attributes['vcs.repository.ref.revision']);
  return { product, ...(vendor ? { vendor } : {}), ...(version ? { version } : {}), ...(commit ? { commit } : {}) };
}

/** The script of a program that was started with `argv`; PM2 starts a file of its own, and that loads the program. */
export function findScript(
  [, script]: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): string | undefined {
  const { pm_exec_path: loaded } = environment;
  return script && loaded && /[\\/]ProcessContainer(Fork|ForkBun)?\.js$/.test(script) ? loaded : script;
}

/** The directory of the program: of its package.json, else of its script. */
export function findRoot(place: ProgramPlace): string {
  return findManifest(place)?.directory ?? (place.script ? dirname(place.script) : place.cwd);
}

/** Others' processes may have anything of that name, as `gmr ps` sees them. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

function findManifest(place: ProgramPlace): { directory: string; manifest: Record<string, unknown> } | undefined {
  let directory = place.script ? dirname(resolve(place.cwd, place.script)) : place.cwd;
  for (;;) {
    try {
      const manifest: unknown = JSON.parse(
        readTextFile(join(directory, 'package.json'), MAX_MANIFEST_BYTES)?.text ?? '',
      );
      // A package.json that only says `type` is no package's.
      if (typeof manifest === 'object' && manifest !== null && 'name' in manifest) {
        return { directory, manifest: manifest as Record<string, unknown> };
      }
    } catch {
      // None here, or none that can be read.
    }
    const above = dirname(directory);
    if (above === directory) return undefined;
    directory = above;
  }
}

function nameOfScript(script: string | undefined): string {
  return script ? basename(script) : 'node';
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
