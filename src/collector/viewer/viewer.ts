import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isLoopback, refuseForeignOrigin } from '../origin.js';
import { Refusal } from '../refusal.js';
import type { Tls } from '../tls.js';
import { Access } from './access.js';
import { Live } from './live.js';
import { PAGE_HEADERS, type Page } from './page.js';
import { answerPage, type Content, findAsset, toErrorPage, wantsHtml } from './site.js';

export interface ViewerOptions extends Content {
  /** The host that its server listens on. */
  readonly host: string;
  readonly tls?: Tls | undefined;
  /** Undefined: everyone who reaches the port may read. */
  readonly token: string | undefined;
}

/** The pages, behind their checks. */
export class Viewer {
  readonly #options: ViewerOptions;
  readonly #access: Access;
  readonly live = new Live();

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#access = new Access(options.token, options.tls !== undefined);
  }

  /** See `Access`. */
  grantOnce(): string {
    return this.#access.grantOnce();
  }

  /**
   * Answers a request for a page. A browser gets a refusal as a page.
   *
   * @throws Refusal if the client is no browser, or if the answer has already begun; another error as it is
   */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const page = await this.#answer(request, response);
      if (page) await send(request, response, page);
    } catch (error) {
      if (!(error instanceof Refusal) || !wantsHtml(request.headers) || response.headersSent) throw error;
      await send(request, response, { ...toErrorPage(error), headers: error.headers });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Page | undefined> {
    const isOrder = request.method === 'POST' && request.url?.startsWith('/processes/') === true;
    this.#checkOrigin(request, isOrder);
    if (!isOrder && request.method !== 'GET' && request.method !== 'HEAD')
      throw new Refusal(405, `method ${request.method}: expected GET, HEAD`, { allow: 'GET, HEAD' });
    const url = parseAddress(request.url);
    const open = findAsset(url.pathname) ?? this.#access.check(request, url);
    if (open) return open;
    if (url.pathname !== '/events' || request.method === 'HEAD') return answerPage(request, url, this.#options);
    this.live.open(response);
    return undefined;
  }

  /** Another site may link to a page. It may not embed a page, not even as a picture, and may not give an order. */
  #checkOrigin({ headers, socket }: IncomingMessage, isOrder: boolean): void {
    const { 'sec-fetch-site': from = 'none', 'sec-fetch-mode': mode, origin, host = '' } = headers;
    const { tls, host: bound } = this.#options;
    const isOwn = origin === `${tls ? 'https' : 'http'}://${host}` && from !== 'cross-site' && from !== 'same-site';
    refuseForeignOrigin(isOwn ? { ...headers, origin: undefined } : headers, bound, tls);
    if (isOrder && !(isOwn && isLocal(socket.remoteAddress)))
      throw new Refusal(403, 'an order of another page is refused');
    if (from === 'none' || from === 'same-origin' || (mode === 'navigate' && !isOrder)) return;
    throw new Refusal(403, 'requests of web pages are refused');
  }
}

function parseAddress(path = '/'): URL {
  try {
    return new URL(path, 'http://localhost');
  } catch {
    throw new Refusal(400, 'the address cannot be read');
  }
}

/** `::ffff:127.0.0.1` is an address of IPv4. */
function isLocal(address = ''): boolean {
  return isLoopback(address.replace(/^::ffff:/, ''));
}

async function send({ method }: IncomingMessage, response: ServerResponse, page: Page): Promise<void> {
  const { type, body, status = 200, headers = {} } = page;
  response.writeHead(status, {
    ...PAGE_HEADERS,
    'x-content-type-options': 'nosniff',
    'content-type': type,
    ...headers,
  });
  if (typeof body === 'string' || method === 'HEAD') response.end(typeof body === 'string' ? body : '');
  // A reader that leaves ends the search.
  else await pipeline(Readable.from(body), response).catch(() => response.destroy());
}
