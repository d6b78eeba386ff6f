import { randomUUID } from 'node:crypto';
import { arch, hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Resource } from '@opentelemetry/resources';

export interface ResourceOptions {
  readonly service: string;
  readonly version?: string;
  /** `process.argv` of the main thread. */
  readonly argv: readonly string[];
  readonly containerId?: string;
}

const MAX_ARGUMENTS = 100;
const MAX_CHARACTERS = 1000;
/** One for the process, as long as the environment names none. */
const instanceId = randomUUID();

/**
 * Who sends: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` over what is known of the process. Every text has been
 * through `mask`, for command lines and environments carry secrets.
 */
export async function makeResource(options: ResourceOptions, mask: (text: string) => string): Promise<Resource> {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import(
    '@opentelemetry/resources'
  );
  const named = detectResources({ detectors: [envDetector] });
  await named.waitForAsyncAttributes?.();
  return defaultResource()
    .merge(resourceFromAttributes(describeProcess(options, mask)))
    .merge(resourceFromAttributes(maskNamed(named.attributes, mask)));
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

function maskNamed(attributes: Resource['attributes'], mask: (text: string) => string): Record<string, string> {
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
