import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { html } from './html.js';
import { type Page, toPage } from './page.js';

/** Milliseconds for which a one-time token is valid. */
const ONCE_MS = 30_000;
const COOKIE_WORDS = 'guru-meditation viewer';

export function makeToken(): string {
  return randomBytes(24).toString('hex');
}

/** The one that `GMR_VIEWER_TOKEN` says, else a new one. */
export function readToken(environment: { readonly [name: string]: string | undefined }): string {
  return environment.GMR_VIEWER_TOKEN || makeToken();
}

/** The address to open once: it sets the cookie. @param path of the page; by default the first one */
export function withToken(url: string, token: string, path = ''): string {
  return `${url}${path || '/'}?token=${encodeURIComponent(token)}`;
}

/**
 * Lets a request through if it brings the token: in its address once, which sets a cookie, in that cookie, or as
 * `Authorization: Bearer`. The port is open to each user of the machine, and the reports are their owner's.
 */
export class Access {
  readonly #token: string | undefined;
  readonly #cookie: string;
  readonly #isTls: boolean;
  /** One-time tokens, each with the time at which it expires. */
  readonly #once = new Map<string, number>();

  /**
   * @param token undefined: everyone may read
   * @param isTls whether the cookie is for TLS alone
   */
  constructor(token: string | undefined, isTls: boolean) {
    this.#token = token;
    this.#isTls = isTls;
    // The cookie is not the token: cookies of one host are sent to all of its ports.
    this.#cookie = token === undefined ? '' : createHmac('sha256', token).update(COOKIE_WORDS).digest('base64url');
  }

  /** A one-time token, valid for half a minute: for the arguments of a program, which other users can read. */
  grantOnce(): string {
    const token = makeToken();
    this.#once.set(token, performance.now() + ONCE_MS);
    return token;
  }

  #takeOnce(given: string): boolean {
    const untilMs = this.#once.get(given);
    this.#once.delete(given);
    return untilMs !== undefined && performance.now() < untilMs;
  }

  /** @returns undefined if the request may go on; else the answer to it */
  check(request: IncomingMessage, url: URL): Page | undefined {
    if (this.#token === undefined) return undefined;
    const name = cookieName(request);
    const given = url.searchParams.get('token');
    if (given !== null && (isEqual(given, this.#token) || this.#takeOnce(given))) {
      url.searchParams.delete('token');
      // `//evil.example` would be another host.
      const location = `${url.pathname.replace(/^\/+/, '/')}${url.search}`;
      const cookie = `${name}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict${this.#isTls ? '; Secure' : ''}`;
      return { type: 'text/plain; charset=utf-8', body: '', status: 303, headers: { location, 'set-cookie': cookie } };
    }
    const [, bearer] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (bearer !== undefined && isEqual(bearer, this.#token)) return undefined;
    if (readCookies(request.headers.cookie, name).some((value) => isEqual(value, this.#cookie))) return undefined;
    return askForToken(given !== null);
  }
}

/** Each port has a cookie of its own, since a browser sends a host's cookies to all of its ports. */
function cookieName({ headers, socket }: IncomingMessage): string {
  const [, port = String(socket.localPort)] = /:(\d+)$/.exec(headers.host ?? '') ?? [];
  return `gmr-${port}`;
}

function readCookies(header: string | undefined, name: string): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function askForToken(isWrong: boolean): Page {
  const content = html`<h1>The token, please</h1>${isWrong ? html`<p class="mark" role="alert">That is not the token, or it has opened these pages once and does so no more.</p>` : ''}<p>Reports are for the user who started this program. It has printed an address with a token:</p><pre>open …/?token=… in a browser</pre><p>Open that address, or put its token here:</p><form action="/" method="get"><label>token <input type="password" name="token" autocomplete="off" required></label> <button>Open</button></form>`;
  return toPage({ title: 'The token, please', place: '' }, content, 401);
}
