import { randomUUID } from 'node:crypto';
import { arch, hostname, userInfo } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';

export interface ResourceSources {
  readonly service: string;
  readonly version?: string;
  /** The process's, not this thread's. */
  readonly argv: readonly string[];
  readonly containerId?: string;
}

/**
 * Who the records are from: service, host, process and container by OpenTelemetry's conventions, what the environment
 * sets (`OTEL_RESOURCE_ATTRIBUTES`) above that, and every text masked.
 */
export function makeResource(sources: ResourceSources, mask: (text: string) => string): Resource {
  const own = defaultResource().merge(resourceFromAttributes(describeProcess(sources)));
  const whole = own.merge(detectResources({ detectors: [envDetector] }));
  const attributes: Attributes = { ...whole.attributes, 'service.name': sources.service };
  return resourceFromAttributes(
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, maskValue(value, mask)])),
  );
}

function describeProcess({ version, argv, containerId }: ResourceSources): Attributes {
  return {
    ...(version === undefined ? {} : { 'service.version': version }),
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'host.arch': arch() === 'x64' ? 'amd64' : arch(),
    'process.pid': process.pid,
    'process.executable.path': process.execPath,
    'process.command_args': [...argv],
    ...(argv[1] === undefined ? {} : { 'process.command': argv[1] }),
    ...nameOwner(),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...(containerId === undefined ? {} : { 'container.id': containerId }),
  };
}

/** A user id without an entry in the user database throws: it is common in containers. */
function nameOwner(): Attributes {
  try {
    return { 'process.owner': userInfo().username };
  } catch {
    return {};
  }
}

function maskValue(value: Attributes[string], mask: (text: string) => string): Attributes[string] {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'string' ? mask(item) : item)) as string[];
  return value;
}
