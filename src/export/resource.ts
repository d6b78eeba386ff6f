import { randomUUID } from 'node:crypto';
import { arch, hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import { type Environment, readResourceAttributes, readServiceName } from '../otel-environment.js';
import { cut as cutText, makePlain } from './wire/plain.js';

export interface ResourceOptions {
  readonly service: string;
  readonly version?: string;
  /** `process.argv` of the main thread. */
  readonly argv: readonly string[];
  readonly containerId?: string;
  /** Attributes that the application's own SDK gives the process. */
  readonly application?: () => ResourceAttributes | undefined;
  /** Attributes that `OTEL_CONFIG_FILE` gives the process. */
  readonly declared?: ResourceAttributes;
}

const MAX_ARGUMENTS = 100;
/**
 * One for the process, unless the environment names another. Node's store of random bytes does not fit into the smallest secure
 * heap (--secure-heap).
 */
const instanceId = randomUUID({ disableEntropyCache: true });

/** Plain data; the command line is a list of its arguments. */
export type ResourceAttributes = { readonly [name: string]: string | number | boolean | readonly string[] };

/**
 * Describes the process that sends. If several sources have an attribute, the first one of these wins: `OTEL_SERVICE_NAME`
 * and `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_CONFIG_FILE`, the application's SDK, the facts of the process. Every text has been
 * through `mask`, since command lines and environments carry secrets. The environment is read here, as OpenTelemetry
 * specifies: its SDK takes longer to load than a report to make.
 */
export function describeResource(
  options: ResourceOptions,
  mask: (text: string) => string,
  environment: Environment = process.env,
): ResourceAttributes {
  return {
    ...describeProcess(options, mask),
    ...maskAttributes(pickApplication(options.application?.()), mask),
    ...maskAttributes(options.declared ?? {}, mask),
    ...maskAttributes(readNamed(environment), mask),
  };
}

function readNamed(environment: Environment): { readonly [name: string]: string } {
  const { attributes } = readResourceAttributes(environment);
  const service = readServiceName(environment);
  return service === undefined ? attributes : { ...attributes, 'service.name': service };
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

/** An argument is judged together with the one before it: `--password`, then the password. */
function maskArguments(whole: readonly string[], mask: (text: string) => string): string[] {
  const shown = whole.slice(0, MAX_ARGUMENTS).map((argument, index) => {
    const before = whole[index - 1];
    return before?.startsWith('-') ? maskBehind(`${before} `, argument, mask) : cut(mask(argument));
  });
  return whole.length > MAX_ARGUMENTS ? [...shown, `[cut: ${whole.length} arguments]`] : shown;
}

/** Leaves out the attributes of the application's SDK itself, which does not send this, and a placeholder for the service's name. */
function pickApplication(attributes: ResourceAttributes = {}): ResourceAttributes {
  const own = Object.entries(attributes).filter(
    ([name, value]) =>
      !name.startsWith('telemetry.') && !(name === 'service.name' && String(value).startsWith('unknown_service')),
  );
  return Object.fromEntries(own);
}

function maskAttributes(attributes: ResourceAttributes, mask: (text: string) => string): ResourceAttributes {
  const masked = Object.entries(attributes).map(([name, value]): [string, ResourceAttributes[string]] => {
    if (typeof value === 'string') return [cut(mask(name)), maskBehind(`${name}=`, value, mask)];
    if (typeof value === 'number') return [cut(mask(name)), maskNumber(name, value, mask)];
    return [cut(mask(name)), typeof value === 'object' ? maskArguments(value, mask) : value];
  });
  return Object.fromEntries(masked);
}

/** A number stays one, unless it is a secret by its name, or OTLP's JSON cannot have it. */
function maskNumber(name: string, value: number, mask: (text: string) => string): string | number {
  const plain = makePlain(value) as string | number;
  const masked = maskBehind(`${name}=`, String(plain), mask);
  return masked === String(plain) ? plain : masked;
}

/** Masks `text` together with the name before it: often only the name tells that the text is a secret. */
function maskBehind(name: string, text: string, mask: (text: string) => string): string {
  const masked = mask(`${name}${text}`);
  return cut(masked.startsWith(name) ? mask(masked.slice(name.length)) : mask(text));
}

const cut = (text: string): string => cutText(text, undefined, '[cut]');

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
