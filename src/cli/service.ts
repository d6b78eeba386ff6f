import { join } from 'node:path';
import { readResourceAttributes } from '../agent/attributes.js';
import { parseEnviron } from '../procfs/environ.js';
import { readLink, readText } from '../procfs/read.js';
import { collectPackage, findScript as findLoaded } from '../sections/package.js';

const MAX_ENVIRONMENT_BYTES = 1024 * 1024;

/**
 * As the process itself finds it, from its environment and its package.json; undefined where these may not be read, as
 * those of other users. `setupAutorun({ package })` is not seen.
 */
export function describeService(directory: string, args: readonly string[]): string | undefined {
  const environ = readText(`${directory}/environ`, MAX_ENVIRONMENT_BYTES);
  if (environ === undefined || environ === '') return undefined;
  const environment = parseEnviron(environ);
  const { OTEL_SERVICE_NAME: named, OTEL_RESOURCE_ATTRIBUTES: listed } = environment;
  const attributes = readResourceAttributes(listed);
  const service = named?.trim() || attributes['service.name'];
  if (service) return service;
  const cwd = readLink(`${directory}/cwd`);
  if (cwd === undefined) return undefined;
  // Through its own root: it may be a container's.
  const script = findLoaded(['node', findScript(args) ?? ''], environment);
  const inside = (path: string) => join(`${directory}/root`, path);
  const place = { script: script && inside(join(script.startsWith('/') ? '/' : cwd, script)), cwd: inside(cwd) };
  return collectPackage({}, { ...place, attributes }).product;
}

/** Node's options that take the next argument for their value. */
const WITH_VALUE =
  /^(?:-r|-C|--(?:require|import|loader|experimental-loader|conditions|env-file|env-file-if-exists|title|icu-data-dir|openssl-config|input-type|stack-trace-limit|max-old-space-size))$/;

function findScript(args: readonly string[]): string | undefined {
  for (let index = 1; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (/^(?:-e|--eval|-p|--print|-pe|-)$/.test(argument)) return undefined;
    if (argument === '--') return args[index + 1];
    if (WITH_VALUE.test(argument)) index += 1;
    else if (!argument.startsWith('-')) return argument;
  }
  return undefined;
}
