import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { OPTIONS, VARIABLES } from '../src/settings.js';
import { CLI, INDEX, killAll, startNode, startText, WHOLE } from './process/start.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const all = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text = '']) => ({ language, text }));
const blocks = (wanted: string) => all.filter(({ language }) => language === wanted).map(({ text }) => text.trim());
const [install, own = '', ask = '', dump = '', demo = ''] = blocks('sh');
const picture = readFileSync(`${root}docs/report.svg`, 'utf8');

afterEach(killAll);

describe('the README', () => {
  it('its demo shows what its picture shows', () => {
    // `npm ci` is what installed all this; what it is followed by is run as it stands.
    expect(demo).toMatch(/^npm ci && /);
    const { stdout, stderr, status } = spawnSync('bash', ['-c', demo.replace('npm ci && ', '')], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const seen = general(stdout + stderr).split('\n');
    const shown = listTexts(picture).flatMap((text) => general(text).split('\n'));
    expect(shown.length).toBeGreaterThan(10);
    const isSeen = (line: string) =>
      seen.some((one) => (line.endsWith('…') ? one.startsWith(line.slice(0, -1)) : one === line));
    expect(shown.filter((line) => !isSeen(line))).toEqual([]);
  });

  it('its commands install, start and ask a service', async () => {
    const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { name: string };
    expect(install).toBe(`npm install ${name}`);
    const project = mkdtempSync(join(tmpdir(), 'service-'));
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(root, join(project, 'node_modules', name));
    writeFileSync(join(project, 'app.js'), "setInterval(() => {}, 1000); console.log('up');");
    const [program, ...args] = own.split(' ');
    expect(program).toBe('node');
    const app = startNode(args, { cwd: project });
    await app.untilStdout(/up/);
    expect(ask).toMatch(/^kill -USR2 PID$/);
    spawnSync('bash', ['-c', ask.replace('PID', String(app.pid))]);
    await app.untilStderr(WHOLE);
    const [npx, command, ...asked] = dump.replace('PID', String(app.pid)).split(' ');
    expect([npx, command]).toEqual(['npx', name]);
    const answer = startNode([CLI, ...asked]);
    expect((await answer.ended).code).toBe(0);
    expect(answer.stdout()).toMatch(/^trigger = signal /m);
    rmSync(project, { recursive: true, force: true });
  });

  it('its code registers what it says', async () => {
    const [code = ''] = blocks('js');
    const app = startText(
      `const queue = [1, 2]; const redisOptions = { host: 'r', password: 'hidden-value-1' };
       ${code.replace("'guru-meditation'", JSON.stringify(INDEX))}
       setInterval(() => {}, 1000); console.log('up');`,
      { armed: false },
    );
    await app.untilStdout(/up/);
    app.kill();
    const report = await app.untilStderr(/^depth = 2$/m);
    expect(report).toMatch(/^product = checkout\nvendor = Shop\nversion = 1\.4\.2$/m);
    expect(report).toMatch(/^redis: \n {2}host = r\n {2}password = \*\*\*$/m);
  });

  it('has every setting in docs/settings.md, and no other', () => {
    const settings = readFileSync(`${root}docs/settings.md`, 'utf8');
    const rows = [...settings.matchAll(/^\| `(GMR_\w+)` \| `(\w+)` \|/gm)];
    expect(rows.map(([, variable]) => variable).sort()).toEqual([...VARIABLES].sort());
    expect(rows.map(([, , option]) => option).sort()).toEqual([...OPTIONS].sort());
  });
});

/** The lines of a picture. */
function listTexts(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
    text.replaceAll('\u00a0', ' ').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
}

/** Without what differs from one run and one machine to another. */
function general(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{32}\b/g, 'ID')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
      .replace(/\/\S*\/checkout-service\.mjs/g, 'checkout-service.mjs')
      .replace(/^(host|process|runtime|uptime|root|os id) = .*$/gm, '$1 = *')
      .replace(/pid \d+|kill -USR1 \d+/g, 'PID')
      .replace(/( for |\/checkout, )[\d.]+ m?s\b/g, '$1AGE')
      // From Node 24 on the request that main's code runs in is known without a span.
      .replace(/; serving POST \/checkout, AGE/g, '')
      .replace(/checkout@\S+/g, 'checkout@HOST')
      .replace(/ +$/gm, '')
  );
}
