import type { ParseConfigFile } from '../export/config-file/parse.js';
import type { Reporting } from './reporting.js';

type Require = (name: string) => unknown;
type Load = (exports: object, module: object, load: Require) => void;

/** Modules that only a delivery and a helper process need: to load them takes as long as to make a report. */
const LATER: readonly string[] = ['node:http', 'node:https', 'node:dns', 'node:net', 'node:child_process'];

/** The agent's reporting half. Node's modules for it are loaded with the first report, too. */
export function loadReporting(gzipped: SharedArrayBuffer): Reporting {
  const { startReporting } = runBuilt<{ startReporting: Reporting }>(gzipped, 'reporting.js');
  return startReporting;
}

/** The parser of `OTEL_CONFIG_FILE`. @throws Error if main has not handed it over */
export function loadParser(gzipped: SharedArrayBuffer | undefined): ParseConfigFile {
  if (!gzipped) throw new Error('it was set while the program ran');
  return runBuilt<{ parseConfigFile: ParseConfigFile }>(gzipped, 'config-file.js').parseConfigFile;
}

/**
 * Compiles and runs a built file of the agent's, as Node does with a CommonJS module. No file is opened for it: the process
 * may be out of descriptors, and its file systems may hang.
 */
function runBuilt<Exports extends object>(gzipped: SharedArrayBuffer, name: string): Exports {
  const { gunzipSync } = process.getBuiltinModule('node:zlib');
  const { Script } = process.getBuiltinModule('node:vm');
  // The build leaves no character beyond ASCII in it.
  const text = gunzipSync(new Uint8Array(gzipped)).toString('latin1');
  const script = new Script(`(function (exports, module, require) {${text}\n})`, {
    filename: `guru-meditation/${name}`,
  });
  const module = { exports: {} };
  (script.runInThisContext() as Load)(module.exports, module, loadBuiltin);
  return module.exports as Exports;
}

/** It requires nothing but built-in modules. */
function loadBuiltin(name: string): unknown {
  const load = (): object => process.getBuiltinModule(name as 'node:http');
  return LATER.includes(name) ? new Proxy({}, { get: (_, key) => Reflect.get(load(), key) }) : load();
}
