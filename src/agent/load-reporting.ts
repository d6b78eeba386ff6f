import type { Reporting } from './reporting.js';

type Require = (name: string) => unknown;
type Load = (exports: { startReporting?: Reporting }, module: object, load: Require) => void;

/** Only a delivery and a helper process need them, and to load them takes as long as a report does. */
const LATER: readonly string[] = ['node:http', 'node:https', 'node:dns', 'node:net', 'node:child_process'];

/**
 * Compiles and runs the agent's reporting half, as Node does with a CommonJS module. No file is opened for it: the
 * process may be out of descriptors, and its file systems may hang. Node's modules for it are loaded with the first
 * report, too.
 */
export function loadReporting(gzipped: SharedArrayBuffer): Reporting {
  const { gunzipSync } = process.getBuiltinModule('node:zlib');
  const { Script } = process.getBuiltinModule('node:vm');
  // The build leaves no character beyond ASCII in it.
  const text = gunzipSync(new Uint8Array(gzipped)).toString('latin1');
  const script = new Script(`(function (exports, module, require) {${text}\n})`, {
    filename: 'guru-meditation/reporting.js',
  });
  const module = { exports: {} as { startReporting?: Reporting } };
  (script.runInThisContext() as Load)(module.exports, module, loadBuiltin);
  if (!module.exports.startReporting) throw new Error('the reporting half of the agent is not what was built');
  return module.exports.startReporting;
}

/** It requires nothing but built-in modules. */
function loadBuiltin(name: string): unknown {
  const load = (): object => process.getBuiltinModule(name as 'node:http');
  return LATER.includes(name) ? new Proxy({}, { get: (_, key) => Reflect.get(load(), key) }) : load();
}
