import { isIP } from 'node:net';
import { readTextBounded } from '../../files/read.js';

const MAX_BYTES = 1024 * 1024;

/** Modules of nsswitch.conf(5) that are asked here in another way, or that know no other names. */
const PLAIN_MODULES: readonly string[] = ['files', 'dns', 'myhostname'];

/** Addresses that hosts(5) gives a name, in its order. */
export function findInHosts(name: string, path = '/etc/hosts'): readonly string[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  return readLines(path).flatMap((line) => {
    const [address = '', ...names] = line.split(/\s+/);
    return isIP(address) !== 0 && names.some((one) => one.toLowerCase() === wanted) ? [address] : [];
  });
}

/** The full names to ask DNS for, in order, as `search`, `domain` and `ndots` of resolv.conf(5) say. */
export function listCandidates(name: string, path = '/etc/resolv.conf'): readonly string[] {
  if (name.endsWith('.')) return [name];
  let domains: readonly string[] = [];
  let dots = 1;
  for (const line of readLines(path)) {
    const [keyword, ...values] = line.split(/\s+/);
    if (keyword === 'search') domains = values;
    else if (keyword === 'domain') domains = values.slice(0, 1);
    else if (keyword === 'options') dots = Number(/\bndots:(\d+)/.exec(line)?.[1] ?? dots);
  }
  const searched = domains.map((domain) => `${name}.${domain.replace(/^\./, '')}`);
  return name.split('.').length > dots ? [name, ...searched] : [...searched, name];
}

/** Whether a name that is neither in /etc/hosts nor in DNS may be known to another module of nsswitch.conf(5). */
export function hasOtherModules(path = '/etc/nsswitch.conf'): boolean {
  const hosts = readLines(path).find((line) => /^hosts\s*:/.test(line)) ?? '';
  const modules = hosts.replace(/^hosts\s*:|\[[^\]]*\]/g, ' ').split(/\s+/);
  return modules.some((name) => name !== '' && !PLAIN_MODULES.includes(name));
}

/** Without comments and empty lines; empty if the file cannot be read. */
function readLines(path: string): readonly string[] {
  return (readTextBounded(path, MAX_BYTES) ?? '')
    .split('\n')
    .map((line) => line.replace(/[#;].*/, '').trim())
    .filter((line) => line !== '');
}
