import { hostname } from 'node:os';
import type { Value } from '../report.js';
import type { ProgramPlace } from '../sections/package.js';
import type { Application } from './application.js';

/**
 * The first of these that is set: `OTEL_SERVICE_NAME`, `service.name` of the resource attributes, that of the application's
 * SDK, the package's name.
 */
export function nameService(place: ProgramPlace, about: Value, application: Application): string {
  const named = process.env.OTEL_SERVICE_NAME?.trim() || place.attributes['service.name'];
  if (typeof named === 'string' && named !== '') return named;
  const traced = application.service();
  if (traced !== undefined) return traced;
  const product = (about as { product?: unknown } | null)?.product;
  return typeof product === 'string' ? product : 'unknown_service:node';
}

/** The same as the resource's on the wire: from the resource attributes, else from the application's SDK, else from the system. */
export function nameHost(place: ProgramPlace, application: Application): string {
  const names = [place.attributes['host.name'], application.resource()?.['host.name']];
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? hostname();
}
