import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import { SCRIPT } from '../../src/collector/viewer/script.js';

const root = mkdtempSync(join(tmpdir(), 'viewer-'));
const HOSTILE = '<script>alert(1)</script>"\'&\u001b[2J\u202e';
let runs = 0;
let collector: Collector;

beforeEach(async () => {
  collector = await start('127.0.0.1');
});
afterEach(() => collector.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start(host: string): Promise<Collector> {
  runs += 1;
  const store = await openStore(join(root, String(runs)));
  return startCollector({ host, port: 0, store, onReport: () => {}, onTrouble: () => {} });
}

function toAttributes(map: Record<string, string | number>) {
  return Object.entries(map).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
  }));
}

/** A report of two records: its header, and Threads. */
async function send(id: string, service: string, stack: string, frame = 'applyVoucher'): Promise<void> {
  const common = { 'gmr.report.id': id, 'gmr.section.count': 2, 'gmr.report.trigger': 'signal' };
  const body = (text: string) => ({ kvlistValue: { values: [{ key: 'text', value: { stringValue: text } }] } });
  const banner = `${'='.repeat(72)}\n====${' '.repeat(28)}Threads${' '.repeat(29)}====\n${'='.repeat(72)}\n`;
  const threads = {
    'gmr.section.index': 1,
    'gmr.section.name': 'threads',
    'gmr.section.title': 'Threads',
    'gmr.main.stack_hash': stack,
    'code.function.name': frame,
    'code.file.path': '/srv/shop.js',
    'code.line.number': 12,
  };
  const logRecords = [
    { attributes: toAttributes({ ...common, 'gmr.section.index': 0, 'gmr.section.name': 'report' }), body: body('h') },
    { attributes: toAttributes({ ...common, ...threads }), body: body(`${banner}in ${frame}\n`) },
  ];
  const resource = { attributes: toAttributes({ 'service.name': service, 'process.pid': 77 }) };
  const answer = await fetch(`${collector.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
  });
  expect(answer.status).toBe(200);
}

/** By hand, since fetch sets some of these headers itself. */
function get(path: string, headers: Record<string, string> = {}, url = collector.url) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const asked = request(`${url}${path}`, { headers: { accept: 'text/html', ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

const ID = (digit: string) => digit.repeat(32);

const links = (body: string) => [...new Set(body.match(/\/reports\/\w{32}/g))];

describe('the viewer', () => {
  it('lists the reports, newest first, and filters them by words and by cause', async () => {
    expect((await get('/reports')).body).toContain('No report yet');
    await send(ID('a'), 'shop', 'hash-1');
    await send(ID('b'), 'till', 'hash-1');
    await send(ID('c'), 'till', 'hash-2', 'countStock');
    const all = (await get('/reports')).body;
    expect(all).toContain('3 reports');
    expect(links(all)).toHaveLength(3);
    expect(links((await get('/reports?q=TILL+applyvoucher')).body)).toEqual([`/reports/${ID('b')}`]);
    expect((await get('/reports?stack=hash-1')).body).toContain('2 reports of 3');
    expect(links((await get('/reports?service=till&stack=hash-2')).body)).toEqual([`/reports/${ID('c')}`]);
    expect((await get('/reports?q=nothing-of-that')).body).toContain('No report matches');
  });

  it('finds words in the text of any section, and shows the line', async () => {
    await send(ID('a'), 'shop', 'hash-1');
    await send(ID('b'), 'shop', 'hash-1', 'countStock');
    expect((await get('/reports?q=in+countStock')).body).not.toContain('<mark>');
    const { body } = await get('/reports?q=IN+COUNTstock&in=text');
    expect(links(body)).toEqual([`/reports/${ID('b')}`]);
    expect(body).toMatch(/Threads:<\/span> <code><mark>in<\/mark> countStock<\/code>/);
    expect(body).toMatch(/1 found.*<\/html>$/);
    expect((await get('/reports?q=zebra&in=text')).body).toContain('No report has these words');
  });

  it('finds words in text and data, whatever escapes the sender has written', async () => {
    const words = ['café', '<anonymous>', 'a/b', 'say"so', 'C:\\temp'];
    const write = (id: string, rewrite: (json: string) => string) => {
      const about = {
        'gmr.report.id': id,
        'gmr.section.count': 1,
        'gmr.section.index': 0,
        'gmr.section.name': 'crash',
      };
      const data = { kvlistValue: { values: toAttributes({ message: words.join(' ') }) } };
      const record = {
        attributes: toAttributes(about),
        body: { kvlistValue: { values: [{ key: 'data', value: data }] } },
      };
      return fetch(`${collector.url}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: rewrite(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] })),
      });
    };
    await write(ID('a'), (json) => json);
    await write(ID('b'), (json) =>
      json
        .replaceAll('/', '\\/')
        .replaceAll('\\"', '\\u0022')
        .replace(/[é<>]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
    );
    for (const word of [...words, 'É'])
      expect([word, links((await get(`/reports?in=text&q=${encodeURIComponent(word)}`)).body)]).toEqual([
        word,
        [`/reports/${ID('b')}`, `/reports/${ID('a')}`],
      ]);
    expect((await get(`/reports?in=text&q=${encodeURIComponent('cafè')}`)).body).toContain('No report has these words');
  });

  it('goes on at the end of a page', async () => {
    for (let n = 0; n < 130; n += 1) await send(n.toString(16).padStart(32, '0'), 'shop', 'h');
    const first = (await get('/reports')).body;
    expect(links(first)).toHaveLength(100);
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? [];
    const second = (await get(next.replaceAll('&amp;', '&'))).body;
    expect(links(second)).toHaveLength(30);
    expect(new Set([...links(first), ...links(second)]).size).toBe(130);
    expect(second).not.toContain('rel="next"');
  });

  it('has one row a cause', async () => {
    await send(ID('a'), 'shop', 'hash-1');
    await send(ID('b'), 'till', 'hash-1');
    await send(ID('c'), 'till', 'hash-2', 'countStock');
    const { body } = await get('/');
    expect(body.match(/<tr data-row>/g)).toHaveLength(2);
    expect(body).toContain('3 reports of 1 process at 2 places');
    expect(body).toContain('href="/reports?stack=hash-1">applyVoucher</a> <code class="file">/srv/shop.js:12</code>');
    expect((await get('/?service=shop')).body).toContain('1 report of 1 process at 1 place');
  });

  it('shows a report by sections, without their banners, and also as text, as JSON and beside another', async () => {
    await send(ID('a'), 'shop', 'hash-1');
    await send(ID('b'), 'shop', 'hash-1');
    const { body } = await get(`/reports/${ID('a')}`);
    expect(body).toMatch(
      /<details class="section" id="threads" open><summary><h2>Threads<\/h2>.*<pre>in applyVoucher\n<\/pre>/,
    );
    expect(body).toContain('<a href="/reports?stack=hash-1">2 reports with this cause</a>');
    const text = await get(`/reports/${ID('a')}.txt?download=1`);
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.headers['content-disposition']).toBe(`attachment; filename="report-${ID('a')}.txt"`);
    expect(text.body).toMatch(/^h={72}\n====\s+Threads\s+====\n={72}\nin applyVoucher\n$/);
    expect(JSON.parse((await get(`/reports/${ID('a')}.json`)).body)).toMatchObject({
      id: ID('a'),
      complete: true,
      sections: [{ name: 'report' }, { name: 'threads', title: 'Threads' }],
    });
    expect((await get(`/compare?before=${ID('a')}&after=${ID('b')}`)).body).toContain('process');
  });

  it('shows the beginning of a section with thousands of lines, and links to all of them', async () => {
    const id = 'd'.repeat(32);
    const lines = Array.from({ length: 5000 }, (_, n) => `line ${n} ${'<'.repeat(40)}`);
    await send(id, 'shop', 'aaaa', lines.join('\n'));
    const { body } = await get(`/reports/${id}`);
    expect(body).toContain('line 1000 ');
    expect(body).not.toContain('line 4999 ');
    const [, address = ''] = /<a href="([^"]+)">all 5,000 lines<\/a>/.exec(body) ?? [];
    expect(address).toBe(`/reports/${id}.txt?section=threads`);
    const whole = await get(address);
    expect(whole.headers['content-type']).toMatch(/^text\/plain/);
    expect(whole.body.split('\n').slice(-5001, -1).join('\n')).toBe(`in ${lines.join('\n')}`);
    expect(whole.body).not.toMatch(/^h/);
  });

  it('treats all content of a report as text', async () => {
    await send(ID('a'), HOSTILE, HOSTILE, HOSTILE);
    const hostile = encodeURIComponent(HOSTILE);
    for (const path of [
      '/',
      '/reports',
      `/reports/${ID('a')}`,
      `/?q=${hostile}`,
      `/reports?q=${hostile}`,
      `/reports?q=${hostile}&in=text`,
      `/reports?service=${hostile}&host=${hostile}&process=${hostile}&state=${hostile}&trigger=${hostile}`,
      `/reports?route=${hostile}&stack=${hostile}&since=${hostile}&before=${hostile}`,
      `/compare?before=${ID('a')}&after=${ID('a')}`,
    ]) {
      const { status, body } = await get(path);
      expect(status).toBe(200);
      const own = '<script src="/script.js" defer></script>';
      for (const harmful of ['<script', '\u001b', '\u202e']) expect(body.replace(own, ''), path).not.toContain(harmful);
    }
    expect((await get(`/reports/${ID('a')}`)).body).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\x1b[2J',
    );
    const text = (await get(`/reports/${ID('a')}.txt`)).body;
    for (const harmful of ['\u001b', '\u202e']) expect(text).not.toContain(harmful);
  });

  it('lets a page run no script but its own, load nothing, be framed by no other page, and be cached nowhere', async () => {
    const { headers } = await get('/');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    expect(headers['content-security-policy']).toContain("script-src 'self'; style-src 'self'");
    expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
    expect(() => new Script(SCRIPT)).not.toThrow();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect((await get('/style.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it('answers 404 for a missing page, 405 for another method, and the health if no page is asked for', async () => {
    const missing = await get(`/reports/${ID('f')}`);
    expect(missing.status).toBe(404);
    expect(missing.body).toContain('<p>no such report</p>');
    expect((await get(`/reports/${ID('f')}`, { accept: '*/*' })).body).toContain('"message":"no such report"');
    expect((await get('/reports/../../etc/passwd')).status).toBe(404);
    expect((await get(`/reports/${ID('a')}/x`)).status).toBe(404);
    expect((await fetch(`${collector.url}/style.css`, { method: 'POST' })).status).toBe(405);
    expect(JSON.parse((await get('/', { accept: '*/*' })).body)).toMatchObject({ status: 'ok' });
  });

  it('can be linked from another site, but not embedded in it', async () => {
    expect((await get('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect((await get('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await get('/', { host: 'evil.example' })).status).toBe(403);
  });

  it('is served on loopback only', async () => {
    const open = await start('0.0.0.0');
    try {
      const answer = await get('/', {}, open.url.replace('0.0.0.0', '127.0.0.1'));
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('loopback');
    } finally {
      await open.close();
    }
  });
});
