import { resolve } from 'node:path';
import type { Settings } from '../settings.js';
import { listSpoolDirectories } from '../state-directory.js';
import { readEnvironment } from './environment.js';

/*
 * Node's permission model. It does not reach into worker threads, as Node's documentation says: the agent has to keep by
 * itself to what the process may do. So all of it is asked here, on the main thread.
 */
interface Permission {
  has(scope: string, reference?: string): boolean;
}

function readPermission(): Permission | undefined {
  return (process as { permission?: Permission }).permission;
}

/**
 * Why this process cannot be read through its inspector; asked before it is tried, since Node aborts the whole process
 * where it is denied.
 */
export function inspectorDenied(): string | undefined {
  if (readPermission()?.has('inspector') === false) return "Node's permission model denies the inspector";
  if (!process.features.inspector) return 'this Node is built without an inspector';
  return undefined;
}

/** Whether nothing may be sent. A Node that does not know the scope yet says no, and means nothing by it. */
export function networkDenied(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--allow-net') && readPermission()?.has('net') === false;
}

/** The settings, without the directories that may not be written to; `problems`: a sentence for each. */
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
