import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, type CollectorOptions, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import type { Processes, ProcessRow } from '../../src/collector/viewer/processes-page.js';
import { makeRequest } from './stored.js';

const root = mkdtempSync(join(tmpdir(), 'access-'));
const TOKEN = 'a-token-of-this-test';
const ID = 'a'.repeat(32);
let collector: Collector;
let asked: number[];

const row: ProcessRow = {
  pid: 4711,
  user: 'me',
  service: '<shop>',
  signals: ['SIGUSR1'],
  uptimeMs: 1000,
  state: 'sleeping',
  command: 'node <b>',
  isOwn: true,
};
const processes: Processes = {
  list: () => [row, { ...row, pid: 4712, isOwn: false }],
  ask: (pid) => {
    asked.push(pid);
    return `${pid}: SIGUSR1`;
  },
};

beforeEach(async () => {
  asked = [];
  collector = await start({ token: TOKEN, processes });
  await fetch(`${collector.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(makeRequest(ID)),
  });
});
afterEach(() => collector.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start(options: Partial<CollectorOptions>): Promise<Collector> {
  const store = await openStore(mkdtempSync(join(root, 'run-')));
  return startCollector({ host: '127.0.0.1', port: 0, onReport: () => {}, onTrouble: () => {}, store, ...options });
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port, origin } = new URL(url);
    // The path as it stands: an URL would be put in order.
    const options = {
      host,
      port,
      path: url.slice(origin.length),
      method,
      headers: { accept: 'text/html', ...headers },
    };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

/** The cookie that the printed address sets. */
async function enter(url = collector.viewerUrl): Promise<{ cookie: string }> {
  const { headers } = await ask(`${url}/?token=${TOKEN}`);
  return { cookie: String(headers['set-cookie']?.[0]).split(';')[0] ?? '' };
}

describe('the token', () => {
  it('of the printed address becomes a cookie that no script reads and no other site sends', async () => {
    const { status, headers, body } = await ask(`${collector.url}/reports?token=${TOKEN}&service=shop`);
    expect([status, headers.location, body]).toEqual([303, '/reports?service=shop', '']);
    expect(headers['set-cookie']?.[0]).toMatch(/^gmr-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(headers['set-cookie']?.[0]).not.toContain(TOKEN);
    const away = await ask(`${collector.url}/reports/..//evil.example/?token=${TOKEN}`);
    expect(away.headers.location).toBe('/evil.example/');
    const cookie = await enter();
    for (const path of ['/', '/reports', `/reports/${ID}`, `/reports/${ID}.txt`, '/traces', '/processes'])
      expect((await ask(`${collector.url}${path}`, cookie)).status, path).toBe(200);
  });

  it.each([
    '/',
    '/reports',
    `/reports/${ID}`,
    `/reports/${ID}.txt`,
    `/reports/${ID}.json`,
    `/compare?before=${ID}&after=${ID}`,
    '/traces',
    `/traces/${ID}`,
    '/processes',
    '/events',
  ])('is asked for at %s, also on loopback', async (path) => {
    const wrong = [{}, { cookie: 'gmr-1=x' }, { authorization: `Bearer ${TOKEN}x` }, { cookie: `token=${TOKEN}` }];
    for (const headers of wrong) {
      const { status, body } = await ask(`${collector.url}${path}`, headers as Record<string, string>);
      expect(status).toBe(401);
      expect(body).toContain('The token, please');
      expect(body).not.toContain(ID);
    }
  });

  it('is not needed for health, by senders, nor for the style of the page that asks for it', async () => {
    expect((await ask(`${collector.url}/healthz`)).status).toBe(200);
    expect((await ask(`${collector.url}/style.css`)).status).toBe(200);
  });

  it('may come as a header, from a program', async () => {
    const { status, body } = await ask(`${collector.url}/reports/${ID}.txt`, { authorization: `Bearer ${TOKEN}` });
    expect([status, body]).toEqual([200, expect.stringContaining('text 0 of')]);
  });

  it('that is wrong is refused, and the page says so', async () => {
    const { status, body } = await ask(`${collector.url}/?token=other`);
    expect([status, body]).toEqual([
      401,
      expect.stringContaining('That is not the token, or it has opened these pages once'),
    ]);
  });
});

describe('a viewer of its own address', () => {
  it('has the pages, and takes no reports; the receiver has no pages', async () => {
    const split = await start({ token: TOKEN, viewer: { host: '127.0.0.1', port: 0 } });
    try {
      const cookie = await enter(split.viewerUrl);
      expect((await ask(`${split.viewerUrl}/`, cookie)).status).toBe(200);
      expect((await ask(`${split.viewerUrl}/v1/logs`, cookie, 'POST')).status).toBe(405);
      expect((await ask(`${split.url}/reports`, cookie)).status).toBe(404);
    } finally {
      await split.close();
    }
  });

  it('on all addresses shows no processes of its machine', async () => {
    const split = await start({ token: TOKEN, viewer: { host: '0.0.0.0', port: 0 }, processes });
    try {
      const url = split.viewerUrl?.replace('0.0.0.0', '127.0.0.1') ?? '';
      const headers = { ...(await enter(url)), origin: url, 'sec-fetch-site': 'same-origin' };
      expect((await ask(`${url}/processes`, headers)).body).toContain('on a loopback address only');
      expect((await ask(`${url}/processes/4711`, headers, 'POST')).status).toBe(403);
      expect(asked).toEqual([]);
    } finally {
      await split.close();
    }
  });
});

describe('an order to a process', () => {
  it('is carried out from a page of the viewer, for a process of this user', async () => {
    const cookie = await enter();
    const { body } = await ask(`${collector.url}/processes`, cookie);
    expect(body.match(/action="\/processes\/\d+"/g)).toEqual(['action="/processes/4711"']);
    expect(body).toContain('&lt;shop&gt;');
    const headers = { ...cookie, origin: collector.url, 'sec-fetch-site': 'same-origin' };
    const answer = await ask(`${collector.url}/processes/4711`, headers, 'POST');
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('4711: SIGUSR1')]);
    expect(asked).toEqual([4711]);
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { origin: 'http://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
    ['no page', {}],
    ['another site by a form', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['a host by another name', { host: 'evil.example', origin: 'http://evil.example' }],
  ])('of %s is refused', async (_, headers) => {
    const answer = await ask(`${collector.url}/processes/4711`, { ...(await enter()), ...headers }, 'POST');
    expect(answer.status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('without the token, or by GET, is refused', async () => {
    const own = { origin: collector.url, 'sec-fetch-site': 'same-origin' };
    expect((await ask(`${collector.url}/processes/4711`, own, 'POST')).status).toBe(401);
    expect((await ask(`${collector.url}/processes/4711`, await enter())).status).toBe(405);
    expect(asked).toEqual([]);
  });

  it('is refused by a viewer that may not ask processes', async () => {
    const calm = await start({ token: TOKEN, processes: { ...processes, ask: undefined } });
    try {
      const cookie = await enter(calm.viewerUrl);
      expect((await ask(`${calm.url}/processes`, cookie)).body).not.toContain('<form method="post"');
      const headers = { ...cookie, origin: calm.url };
      expect((await ask(`${calm.url}/processes/4711`, headers, 'POST')).status).toBe(403);
    } finally {
      await calm.close();
    }
  });
});
