import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.js';
import type { Tls } from './tls.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
const ALL_ADDRESSES = ['0.0.0.0', '::'];

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Refuses requests that a web page made in a browser: by the `Origin` header, and, against DNS rebinding, by a `Host` header
 * that is not a name of this collector.
 *
 * @param bound the host that the collector listens on
 * @param tls its certificate, whose names are the collector's as well
 * @throws Refusal
 */
export function refuseForeignOrigin(headers: IncomingHttpHeaders, bound: string, tls?: Tls): void {
  if (headers.origin !== undefined) throw new Refusal(403, 'requests of web pages are refused');
  // A collector that listens on all addresses is reached by names that it does not know.
  if (ALL_ADDRESSES.includes(bound)) return;
  const named = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (LOOPBACK.test(named) || named.toLowerCase() === bound.toLowerCase() || tls?.isFor(named)) return;
  throw new Refusal(403, `host ${named || '(none)'}: expected ${LOOPBACK.test(bound) ? 'a loopback name' : bound}`);
}
