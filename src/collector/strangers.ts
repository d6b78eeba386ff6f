import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
const EVERYWHERE = ['0.0.0.0', '::'];

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Refuses what a page in a browser sends: it names where it comes from, or, under a name of its own that it has made
 * resolve to this machine, where it believes to be.
 *
 * @param bound the host that the collector listens on.
 * @throws Refusal
 */
export function refuseStrangers(headers: IncomingHttpHeaders, bound: string): void {
  if (headers.origin !== undefined) throw new Refusal(403, 'requests of web pages are not taken');
  // Bound to every address, it is reached by names that only its user knows.
  if (EVERYWHERE.includes(bound)) return;
  const named = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (LOOPBACK.test(named) || named.toLowerCase() === bound.toLowerCase()) return;
  throw new Refusal(403, `host ${named || '(none)'}: expected ${LOOPBACK.test(bound) ? 'a loopback name' : bound}`);
}
