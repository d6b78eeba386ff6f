import { randomUUID } from 'node:crypto';
import { arch, hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Resource } from '@opentelemetry/resources';
import { loadResources } from './opentelemetry.js';

export interface ResourceOptions {
  readonly service: string;
  readonly version?: string;
  /** `process.argv` of the main thread. */
  readonly argv: readonly string[];
  readonly containerId?: string;
  /** What the application's own SDK says of the process. */
  readonly application?: () => ResourceAttributes | undefined;
}

/** OpenTelemetry's own bound of a pair's key and value. */
const MAX_NAMED = 255;
const MAX_ARGUMENTS = 100;
const MAX_CHARACTERS = 1000;
/** One for the process, as long as the environment names none. */
const instanceId = randomUUID();

/** Plain; a list is the command line's arguments. */
export type ResourceAttributes = { readonly [name: string]: string | number | boolean | readonly string[] };
type Environment = { readonly [name: string]: string | undefined };

/**
 * Who sends: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` over what the application's SDK says, over what is known of
 * the process. Every text has been
 * through `mask`, for command lines and environments carry secrets. Reads the environment itself, as OpenTelemetry
 * specifies: its SDK takes longer to load than a report to make.
 */
export function describeResource(
  options: ResourceOptions,
  mask: (text: string) => string,
  environment: Environment = process.env,
): ResourceAttributes {
  const process = describeProcess(options, mask);
  return { ...process, ...maskApplication(options.application?.(), mask), ...maskNamed(readNamed(environment), mask) };
}

/** As the SDK wants it, with what it says of itself. */
export async function makeResource(attributes: ResourceAttributes): Promise<Resource> {
  const { defaultResource, resourceFromAttributes } = loadResources();
  return defaultResource().merge(resourceFromAttributes(attributes as { [name: string]: string }));
}

/** The pair of `OTEL_RESOURCE_ATTRIBUTES` that cannot be understood: it makes the whole variable count for nothing. */
export function findWrongPair(environment: Environment): string | undefined {
  const pairs = (environment.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',').filter((pair) => pair.trim() !== '');
  return pairs.find((pair) => readPair(pair) === undefined)?.trim();
}

function readNamed(environment: Environment): { [name: string]: string } {
  const text = findWrongPair(environment) === undefined ? (environment.OTEL_RESOURCE_ATTRIBUTES ?? '') : '';
  const pairs = text.split(',').map(readPair);
  const named = Object.fromEntries(pairs.filter((pair) => pair !== undefined));
  const service = environment.OTEL_SERVICE_NAME?.trim();
  return service ? { ...named, 'service.name': service } : named;
}

function readPair(pair: string): [name: string, value: string] | undefined {
  try {
    const [key = '', value, ...more] = pair.split('=');
    if (more.length > 0 || value === undefined || key.trim() === '') return undefined;
    if (Math.max(key.length, value.length) > MAX_NAMED) return undefined;
    return [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())];
  } catch {
    return undefined;
  }
}

function describeProcess(options: ResourceOptions, mask: (text: string) => string) {
  const { service, version, argv, containerId } = options;
  const [program = process.execPath, main, ...rest] = argv;
  const whole = [program, ...process.execArgv, ...(main === undefined ? [] : [main]), ...rest];
  const show = (text: string) => cut(mask(text));
  const owner = readOwner();
  return {
    'service.name': show(service),
    ...(version === undefined ? {} : { 'service.version': show(version) }),
    'service.instance.id': instanceId,
    'host.name': show(hostname()),
    'host.arch': normalizeArch(arch()),
    'process.pid': process.pid,
    'process.executable.name': show(basename(process.execPath)),
    'process.executable.path': show(process.execPath),
    'process.command_args': maskArguments(whole, mask),
    ...(main === undefined ? {} : { 'process.command': show(main) }),
    ...(owner === undefined ? {} : { 'process.owner': show(owner) }),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'process.runtime.description': 'Node.js',
    ...(containerId === undefined ? {} : { 'container.id': show(containerId) }),
  };
}

/** An argument is judged together with the one before it: `--password`, then what it is. */
function maskArguments(whole: readonly string[], mask: (text: string) => string): string[] {
  const shown = whole.slice(0, MAX_ARGUMENTS).map((argument, index) => {
    const before = whole[index - 1];
    return before?.startsWith('-') ? maskBehind(`${before} `, argument, mask) : cut(mask(argument));
  });
  return whole.length > MAX_ARGUMENTS ? [...shown, `[cut: ${whole.length} arguments]`] : shown;
}

/** But for what it says of the SDK itself, which is not the one that sends this, and for a name that is none. */
function maskApplication(
  attributes: ResourceAttributes | undefined,
  mask: (text: string) => string,
): ResourceAttributes {
  const own = Object.entries(attributes ?? {}).filter(
    ([name, value]) =>
      !name.startsWith('telemetry.') && !(name === 'service.name' && String(value).startsWith('unknown_service')),
  );
  return Object.fromEntries(
    own.map(([name, value]) => {
      if (typeof value === 'string') return [cut(mask(name)), maskBehind(`${name}=`, value, mask)];
      return [cut(mask(name)), typeof value === 'object' ? maskArguments(value, mask) : value];
    }),
  );
}

function maskNamed(
  attributes: { readonly [name: string]: string },
  mask: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [cut(mask(name)), maskBehind(`${name}=`, String(value), mask)]),
  );
}

/** What is left of `text` when its name stands before it: a name says more than a value. */
function maskBehind(name: string, text: string, mask: (text: string) => string): string {
  const masked = mask(`${name}${text}`);
  return cut(masked.startsWith(name) ? mask(masked.slice(name.length)) : mask(text));
}

function cut(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= MAX_CHARACTERS ? whole : `${whole.slice(0, MAX_CHARACTERS).toWellFormed()}… [cut]`;
}

/** A user without an entry in the password file has no name: that is usual in containers. */
function readOwner(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** As OpenTelemetry's conventions spell them. */
function normalizeArch(name: string): string {
  const spelt: { readonly [name: string]: string } = { x64: 'amd64', ia32: 'x86', arm: 'arm32', ppc: 'ppc32' };
  return spelt[name] ?? name;
}
