import { join } from 'node:path';
import { readAnyFile } from '../files/read.js';
import { readResourceAttributes, readServiceName } from '../otel-environment.js';
import { parseEnviron } from '../procfs/environ.js';
import { readLink, readText } from '../procfs/read.js';
import { collectPackage, findScript, isEvaluated } from '../sections/package.js';

const MAX_ENVIRONMENT_BYTES = 1024 * 1024;

/**
 * The service's name as the process itself finds it: from its environment and its package.json. Undefined if these cannot
 * be read, as those of other users. A name that is set in code, `setupAutorun({ package })`, is not seen.
 */
export function findServiceName(directory: string, args: readonly string[]): string | undefined {
  const environ = readText(`${directory}/environ`, MAX_ENVIRONMENT_BYTES);
  if (environ === undefined || environ === '') return undefined;
  const environment = parseEnviron(environ);
  const { attributes } = readResourceAttributes(environment);
  const service = readServiceName(environment);
  if (service !== undefined) return service;
  const cwd = readLink(`${directory}/cwd`);
  if (cwd === undefined) return undefined;
  const { execArgv, script: given = '' } = splitNodeArguments(args);
  const script = findScript(['node', given], execArgv, environment);
  // Through the process's own root: it may be a container's.
  const inside = (path: string) => join(`${directory}/root`, path);
  const place = { script: script && inside(join(script.startsWith('/') ? '/' : cwd, script)), cwd: inside(cwd) };
  const readManifest = (path: string, maxBytes: number) => readAnyFile(path, maxBytes)?.bytes.toString();
  return collectPackage({}, { ...place, attributes, readText: readManifest }).product;
}

/** Options of Node whose value is the next argument. */
const WITH_VALUE =
  /^(?:-r|-C|--(?:require|import|loader|experimental-loader|conditions|env-file|env-file-if-exists|title|icu-data-dir|openssl-config|input-type|stack-trace-limit|max-old-space-size))$/;

/** Node's own options, and the first argument behind them. */
function splitNodeArguments(args: readonly string[]): { execArgv: readonly string[]; script: string | undefined } {
  let index = 1;
  for (; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (argument === '--') return { execArgv: args.slice(1, index), script: args[index + 1] };
    // Arguments behind the code are the program's.
    if (isEvaluated([argument]) || argument === '-') return { execArgv: args.slice(1, index + 1), script: undefined };
    if (WITH_VALUE.test(argument)) index += 1;
    else if (!argument.startsWith('-')) break;
  }
  return { execArgv: args.slice(1, index), script: args[index] };
}
