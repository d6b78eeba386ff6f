import { spawn } from 'node:child_process';
import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { startTimeLimit } from '../../time-limit.js';
import { findInHosts, hasOtherModules, listCandidates } from './system-names.js';

/*
 * Finds addresses of host names without `dns.lookup`: that function waits in a thread of the process's pool, which may be full for
 * good, and delays the process's exit.
 */

/** The shortest wait of c-ares in its first try, in milliseconds; doubled in the second. */
const TRY_MS = 700;
const TRIES = 2;
/** IPv6 addresses may come so much later than IPv4 addresses: RFC 8305. */
const RESOLUTION_DELAY_MS = 50;
const GETENT_MS = 2000;
/** Codes of c-ares for a name that does not exist or has no such address. */
const UNKNOWN: readonly string[] = ['ENOTFOUND', 'ENODATA', 'ENONAME', 'EBADNAME'];
/** Codes of c-ares for a zone whose servers answer, and cannot tell. */
const FAILED: readonly (string | undefined)[] = ['ESERVFAIL', 'EREFUSED'];
const LOOPBACK = ['127.0.0.1', '::1'];

/** Finds addresses, and remembers the one that answered last. */
export class Names {
  readonly #answered = new Map<string, string>();
  readonly #deadlineMs: number;

  /** @param deadlineMs the longest wait for the addresses of one name */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** @throws Error with the code `ENOTFOUND`, or `EAI_AGAIN` if no resolver answered */
  async find(name: string): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name];
    if (/(^|\.)localhost\.?$/i.test(name)) return LOOPBACK;
    const known = findInHosts(name);
    if (known.length > 0) return known;
    try {
      const found = await askDns(name, this.#deadlineMs);
      if (found.length > 0) return found;
    } catch (error) {
      const last = this.#answered.get(name);
      if (last !== undefined) return [last];
      throw nameError('EAI_AGAIN', name, error);
    }
    const more = hasOtherModules() ? await askGetent(name) : [];
    if (more.length > 0) return more;
    throw nameError('ENOTFOUND', name);
  }

  /** The server of that name has answered from this address: it is used when the resolver is silent. */
  remember(name: string, address: string): void {
    if (isIP(name) === 0) this.#answered.set(name, address);
  }
}

/** Empty if DNS says that there is no such name. @throws c-ares' error for a resolver that is silent or broken */
async function askDns(name: string, deadlineMs: number): Promise<readonly string[]> {
  // A new one each time: it reads resolv.conf, which may have changed.
  const resolver = new dns.Resolver({ timeout: TRY_MS, tries: TRIES });
  const deadline = startTimeLimit(() => resolver.cancel(), deadlineMs).unref();
  let failure: NodeJS.ErrnoException | undefined;
  try {
    for (const candidate of listCandidates(name)) {
      try {
        const found = await askBothFamilies(resolver, candidate);
        if (found.length > 0) return found;
      } catch (error) {
        // A search domain that is broken does not hide the name itself, as for the system's own resolver.
        failure ??= error as NodeJS.ErrnoException;
        if (!FAILED.includes((error as NodeJS.ErrnoException).code)) break;
      }
    }
    if (failure) throw failure;
    return [];
  } finally {
    deadline.end();
    resolver.cancel();
  }
}

async function askBothFamilies(resolver: dns.Resolver, name: string): Promise<readonly string[]> {
  const refused: unknown[] = [];
  const ask = (asked: Promise<string[]>) =>
    asked.catch((error: NodeJS.ErrnoException): string[] => {
      if (!UNKNOWN.includes(error.code ?? '')) refused.push(error);
      return [];
    });
  const [four, six] = [ask(resolver.resolve4(name)), ask(resolver.resolve6(name))];
  const first = await four;
  const second = first.length === 0 ? await six : await Promise.race([six, pause(RESOLUTION_DELAY_MS)]);
  const found = [...first, ...second];
  if (found.length === 0 && refused.length > 0) throw refused[0];
  return found;
}

function pause(ms: number): Promise<string[]> {
  return new Promise((resolve) => void setTimeout(resolve, ms, []));
}

/** Asks all modules of nsswitch.conf in a process of its own: unlike a thread, it can be left behind. */
function askGetent(name: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const child = spawn('getent', ['ahosts', '--', name], { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
    child.unref();
    let text = '';
    const finish = () => {
      deadline.end();
      const addresses = text.split('\n').map((line) => line.split(/\s+/)[0] ?? '');
      resolve([...new Set(addresses.filter((address) => isIP(address) !== 0))]);
    };
    const deadline = startTimeLimit(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      finish();
    }, GETENT_MS);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', finish).on('close', finish);
  });
}

function nameError(code: string, name: string, cause?: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code} ${name}`, { cause }), { code });
}
