import { basename, dirname, resolve } from 'node:path';
import { type Manifest, readManifest } from '../files/manifest.js';
import type { PackageOptions } from '../protocol.js';
import type { PackageData } from '../report.js';

/** The place of the program, and the facts that are known of it from outside. */
export interface ProgramPlace {
  /** The script that was started; absent for `node -e` and the like. */
  readonly script: string | undefined;
  readonly cwd: string;
  /** Resource attributes that the environment sets (`OTEL_RESOURCE_ATTRIBUTES`). */
  readonly attributes: { readonly [name: string]: unknown };
  /** Reads a package.json; undefined if it cannot. @default files on local file systems only */
  readonly readText?: (path: string, maxBytes: number) => string | undefined;
}

/** Product, vendor and version: from the options, then the environment, then the package.json of the main module. */
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

/** Options that give the program's code itself: `-e CODE`, `--print=CODE`. */
const EVALUATION = /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/;

/** Whether Node was started with code in place of a script. */
export function isEvaluated(execArgv: readonly string[]): boolean {
  return execArgv.some((option) => EVALUATION.test(option));
}

/**
 * The script of a program that was started with `argv`; undefined if Node's own options gave the code. PM2 starts a file of
 * its own, which loads the program.
 */
export function findScript(
  [, script]: readonly string[],
  execArgv: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): string | undefined {
  if (isEvaluated(execArgv)) return undefined;
  const { pm_exec_path: loaded } = environment;
  return script && loaded && /[\\/]ProcessContainer(Fork|ForkBun)?\.js$/.test(script) ? loaded : script;
}

/** The directory of the program: of its package.json, else of its script. */
export function findRoot(place: ProgramPlace): string {
  return findManifest(place)?.directory ?? (place.script ? dirname(place.script) : place.cwd);
}

interface Found {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** For a script in node_modules, such as a framework's own server, the manifest of the project around it. */
function findManifest({ script, cwd, readText }: ProgramPlace): Found | undefined {
  const start = script ? dirname(resolve(cwd, script)) : cwd;
  const project = /^(.*?)[\\/]node_modules(?:[\\/]|$)/.exec(start)?.[1];
  return (project && findNamed(project, readText)) || findNamed(start, readText);
}

function findNamed(start: string, readText: ProgramPlace['readText']): Found | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    const manifest = readManifest(directory, readText);
    // A package.json without a name is not that of a package: it may only set `type`.
    if (manifest && 'name' in manifest) return { directory, manifest };
    if (dirname(directory) === directory) return undefined;
  }
}

function nameOfScript(script: string | undefined): string {
  return script ? basename(script) : 'node';
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
