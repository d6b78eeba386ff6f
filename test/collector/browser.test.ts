import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import { withToken } from '../../src/collector/viewer/access.js';
import { makeHostileRequest, makeRequest, makeSpans } from './stored.js';

/** Debian's, and those of other systems; `CHROMIUM` names another. */
const PROGRAMS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = PROGRAMS.find((path) => path !== undefined && existsSync(path));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TOKEN = 'a-token-of-this-test';
const ID = (n: number) => (n + 0xabc0).toString(16).padStart(32, '0');
const TRACE = 'd'.repeat(32);

const root = mkdtempSync(join(tmpdir(), 'browser-'));
let browser: Browser;
let context: BrowserContext;
let collector: Collector;
let page: Page;
let troubles: string[];

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function post(request: object, signal = 'logs'): Promise<void> {
  const answer = await fetch(`${collector.url}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(200);
}

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext(options);
  page = await context.newPage();
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('dialog', (dialog) => {
    troubles.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(withToken(collector.viewerUrl ?? '', TOKEN));
}

const visit = (path: string) => page.goto(`${collector.viewerUrl}${path}`);

// Skipped by name if there is no Chromium.
describe.skipIf(program === undefined)('the viewer in Chromium', () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    troubles = [];
    const store = await openStore(mkdtempSync(join(root, 'run-')));
    const processes = { list: () => [], ask: () => '' };
    const options = { host: '127.0.0.1', port: 0, token: TOKEN, processes, onReport: () => {}, onTrouble: () => {} };
    collector = await startCollector({ ...options, store });
    for (let n = 0; n < 6; n += 1) await post(makeRequest(ID(n), { service: n % 2 === 0 ? 'shop' : 'till' }));
    await post(makeHostileRequest(ID(9)));
    await post(makeSpans(TRACE, ID(9)), 'traces');
    await open();
  });
  afterEach(async () => {
    await context?.close();
    await collector?.close();
  });

  const PATHS = [
    '/',
    '/reports',
    `/reports/${ID(9)}`,
    `/reports/${ID(0)}`,
    '/traces',
    `/traces/${TRACE}`,
    '/processes',
  ];

  it('needs no horizontal scrolling on a phone, and runs no code of a report', async () => {
    await open({ viewport: { width: 390, height: 800 } });
    for (const path of [...PATHS, '/reports?q=text&in=text', `/compare?before=${ID(0)}&after=${ID(9)}`]) {
      await visit(path);
      const [wide, window] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
      expect(wide, path).toBeLessThanOrEqual(window ?? 0);
      expect(await page.locator('img, iframe, object, embed, b.hostile').count(), path).toBe(0);
    }
    expect(troubles).toEqual([]);
  });

  it.each([
    ['light', 'none'],
    ['dark', 'none'],
    ['light', 'active'],
  ] as const)('is found good by axe, in %s, forced colours %s', async (colorScheme, forcedColors) => {
    await open({ colorScheme, forcedColors, bypassCSP: true });
    for (const path of PATHS) {
      await visit(path);
      await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
      await page.addScriptTag({ content: axe });
      const found = await page.evaluate<object[]>('axe.run().then(({ violations }) => violations)');
      expect(found, path).toEqual([]);
    }
  });

  it('shows a new report by itself', async () => {
    await visit('/reports');
    await page.waitForLoadState('networkidle').catch(() => {});
    const rows = page.locator('tr[data-row]');
    await expect.poll(() => rows.count(), { timeout: 90_000 }).toBe(7);
    await post(makeRequest(ID(20), { service: 'late' }));
    await expect.poll(() => rows.count(), { timeout: 90_000 }).toBe(8);
    expect(await page.getByText('late').count()).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
  });

  it('says how many reports are new while the reader is further down, and shows them when asked', async () => {
    for (let n = 30; n < 90; n += 1) await post(makeRequest(ID(n)));
    await visit('/reports');
    await page.evaluate('scrollTo(0, 600)');
    // The page listens once its script has run.
    await expect
      .poll(
        async () => {
          await post(makeRequest(ID(1000 + Math.floor(Math.random() * 1e6))));
          return page.locator('#fresh').count();
        },
        { timeout: 90_000 },
      )
      .toBe(1);
    const count = await page.locator('tr[data-row]').count();
    expect(await page.locator('#fresh').textContent()).toMatch(/^\d+ new$/);
    await page.locator('#fresh').click();
    await expect.poll(() => page.locator('tr[data-row]').count(), { timeout: 90_000 }).toBeGreaterThan(count);
  });

  it('goes on at the end of the list by itself', async () => {
    for (let n = 100; n < 230; n += 1) await post(makeRequest(ID(n)));
    await visit('/reports');
    await page.keyboard.press('End');
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await expect.poll(() => page.locator('tr[data-row]').count(), { timeout: 90_000 }).toBe(137);
  });

  it('can be used by keyboard', async () => {
    await visit('/reports');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('j');
    const href = await page.evaluate<string>("document.activeElement.getAttribute('href')");
    expect(href).toBe(await page.locator('tr[data-row]').nth(1).locator('a').first().getAttribute('href'));
    await page.keyboard.press('/');
    expect(await page.evaluate<string>("document.activeElement.getAttribute('name')")).toBe('q');
    await page.keyboard.type('till');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=till/);
    expect(await page.locator('tr[data-row]').count()).toBe(3);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/reports\/[0-9a-f]{32}$/);
  });

  it("copies a report's text by a button, which is hidden without script", async () => {
    await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await visit(`/reports/${ID(2)}`);
    await page.getByRole('button', { name: 'copy' }).click();
    await page.getByRole('button', { name: 'copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      [0, 1, 2].map((index) => `text ${index} of ${ID(2)}\n`).join(''),
    );
    expect(troubles).toEqual([]);
    await open({ javaScriptEnabled: false });
    await visit(`/reports/${ID(2)}`);
    expect(await page.getByRole('link', { name: 'download' }).isVisible()).toBe(true);
    expect(await page.locator('[data-copy]').isHidden()).toBe(true);
  });

  it('opens a closed section that a link leads to, and can be read without script', async () => {
    await visit(`/reports/${ID(0)}#custom.1`);
    await expect.poll(() => page.locator('[id="custom.1"]').getAttribute('open'), { timeout: 90_000 }).not.toBeNull();
    await open({ javaScriptEnabled: false });
    for (const path of PATHS) {
      await visit(path);
      expect(await page.locator('h1').count(), path).toBe(1);
    }
    await visit('/reports');
    await page.locator('tr[data-row] a').first().click();
    expect(await page.locator('#verdict').count()).toBe(1);
  });
});
