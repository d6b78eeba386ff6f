import { resolve } from 'node:path';
import type { Settings } from '../settings.js';
import { listSpoolDirectories } from '../state-directory.js';
import { readEnvironment } from './environment.js';

/*
 * Node's permission model. It does not apply to worker threads, as Node's documentation says, so the agent has to respect it by
 * itself. The main thread asks for all permissions here.
 */
interface Permission {
  has(scope: string, reference?: string): boolean;
}

function readPermission(): Permission | undefined {
  return (process as { permission?: Permission }).permission;
}

/**
 * The reason why this process cannot be read through its inspector. This is checked before any use, since Node aborts
 * the whole process if the inspector is denied.
 */
export function inspectorDenied(): string | undefined {
  if (readPermission()?.has('inspector') === false) return "Node's permission model denies the inspector";
  if (!process.features.inspector) return 'this Node is built without an inspector';
  return undefined;
}

/** Whether the network is denied. A Node that does not know the scope yet answers no as well, without a meaning. */
export function networkDenied(): boolean {
  // The permission model is checked first: the list of flags takes a millisecond.
  return readPermission()?.has('net') === false && process.allowedNodeEnvironmentFlags.has('--allow-net');
}

/** The settings without the directories that must not be written to; `problems`: a sentence for each. */
export function keepToPermissions(
  settings: Settings,
  cwd: string,
): { readonly settings: Settings; readonly problems: readonly string[] } {
  const permission = readPermission();
  if (!permission) return { settings, problems: [] };
  const problems: string[] = [];
  const mayWrite = (path: string) => permission.has('fs.write', path);
  const places = listSpoolDirectories(settings.spoolDir, readEnvironment(), cwd);
  const spoolDir = places.find(mayWrite) ?? 'none';
  if (spoolDir === 'none' && places[0] !== undefined)
    problems.push(
      `Node's permission model denies writing to ${places[0]}: reports wait in memory only (--allow-fs-write)`,
    );
  const logDir = settings.logDir === null ? null : resolve(cwd, settings.logDir);
  if (logDir === null || mayWrite(logDir)) return { settings: { ...settings, spoolDir }, problems };
  problems.push(
    `Node's permission model denies writing to GMR_LOG_DIR ${logDir}: reports go to stderr (--allow-fs-write)`,
  );
  return { settings: { ...settings, spoolDir, logDir: null }, problems };
}
