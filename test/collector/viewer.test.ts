import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';

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

describe('the viewer', () => {
  it('lists the reports, newest first, and filters them by words and by stack', async () => {
    expect((await get('/')).body).toContain('No report yet');
    await send(ID('a'), 'shop', 'hash-1');
    await send(ID('b'), 'till', 'hash-1');
    await send(ID('c'), 'till', 'hash-2', 'countStock');
    const all = (await get('/')).body;
    expect(all).toContain('3 reports');
    expect(all.match(/\/reports\/\w{32}/g)).toHaveLength(3);
    expect(all).toContain('/srv/shop.js:12 in applyVoucher');
    expect((await get('/?q=TILL+applyvoucher')).body.match(/\/reports\/\w{32}/g)).toEqual([`/reports/${ID('b')}`]);
    expect((await get('/?stack=hash-1')).body).toContain('2 reports of 3');
    expect((await get('/?q=nothing-of-that')).body).toContain('No report matches');
  });

  it('shows a report by sections, without their banners, and also as its text', async () => {
    await send(ID('a'), 'shop', 'hash-1');
    await send(ID('b'), 'shop', 'hash-1');
    const { body } = await get(`/reports/${ID('a')}`);
    expect(body).toContain('<h2>Threads</h2><pre>in applyVoucher\n</pre>');
    expect(body).toContain('<a href="/?stack=hash-1">2 reports with this stack</a>');
    const text = await get(`/reports/${ID('a')}.txt`);
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toMatch(/^h={72}\n====\s+Threads\s+====\n={72}\nin applyVoucher\n$/);
  });

  it('treats all content of a report as text', async () => {
    await send(ID('a'), HOSTILE, HOSTILE, HOSTILE);
    for (const path of [
      '/',
      `/reports/${ID('a')}`,
      `/?q=${encodeURIComponent(HOSTILE)}`,
      `/?stack=${HOSTILE.slice(0, 9)}`,
    ]) {
      const { status, body } = await get(path);
      expect(status).toBe(200);
      for (const harmful of ['<script', '\u001b', '\u202e']) expect(body).not.toContain(harmful);
    }
    expect((await get(`/reports/${ID('a')}`)).body).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\x1b[2J',
    );
    const text = (await get(`/reports/${ID('a')}.txt`)).body;
    for (const harmful of ['\u001b', '\u202e']) expect(text).not.toContain(harmful);
  });

  it('lets a page run no script, load nothing, be framed by no other page, and be cached nowhere', async () => {
    const { headers } = await get('/');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect((await get('/style.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it('answers 404 for a missing page, 405 for another method, and the health if no page is asked for', async () => {
    expect((await get(`/reports/${ID('f')}`)).status).toBe(404);
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
