import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { inTurn, startPatient, untilReport } from './agent.js';
import { INDEX, idsIn, killAll, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'agents-'));
const ENDED = /^resource usage/m;
const AGAIN = /^gmr: the agent thread ended \((.*)\); it is started again$/m;
let places = 0;

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function makeSpool(): string {
  places += 1;
  return join(root, String(places));
}

/** Step by step: an allocation far beyond what is left ends the whole process, and is what bounds on a report are for. */
const EAT = `const kept = []; for (;;) kept.push(Buffer.alloc(1e6, 65 + (kept.length % 20)).toString('latin1'));`;

describe('an agent thread that ends', () => {
  it.each([
    ['out of memory', EAT, /memory limit/],
    ['by an exception', `throw new Error('gone');`, /Error: gone/],
    ['by a rejection', `Promise.reject(new Error('left'));`, /Error: left/],
    ['by process.exit', 'process.exit(3);', /it ended/],
  ])('%s is started again, with the host untouched, and makes reports', async (_, text, reason) => {
    const app = await startPatient();
    app.child.stdin?.write(inTurn(text));
    const said = await app.untilStderr(AGAIN);
    expect(AGAIN.exec(said)?.[1]).toMatch(reason);
    app.child.stdin?.write('alive\n');
    await app.untilStdout(/alive/);
    await untilReport(app, ENDED, 1);
    expect(app.child.exitCode).toBeNull();
  });

  it.each([
    ['in the middle of much work', EAT],
    ['at once', `throw new Error('gone');`],
  ])('%s, before it has taken a signal: the next agent answers that', async (_, text) => {
    const app = await startPatient();
    app.child.stdin?.write(inTurn(`process._rawDebug('working'); ${text}`));
    await app.untilStderr(/working/);
    app.kill('SIGUSR2');
    const said = await app.untilStderr(ENDED);
    // Where memory is slow, it is taken for stuck before it has used up its own.
    if (!/the agent had not taken SIGUSR2 .*another one is started/.test(said)) expect(said).toMatch(AGAIN);
    expect(idsIn(said)).toHaveLength(1);
  });

  it('again and again is started again, each time later', async () => {
    const app = await startPatient();
    for (let n = 1; n <= 3; n += 1) {
      app.child.stdin?.write(inTurn(`throw new Error('gone ${n}')`));
      await app.untilStderr(new RegExp(`ended \\(Error: gone ${n}\\)`));
      await untilReport(app, ENDED, n);
    }
    expect([...app.stderr().matchAll(new RegExp(AGAIN, 'gm'))]).toHaveLength(3);
  });

  it('in the middle of a report: the next signal is answered, and main has lost nothing', async () => {
    const app = await startPatient(
      { GMR_SECTION_DEADLINE_MS: '20000' },
      `let first = true;
       registerSection('Slow', () => { if (!first) return 'well'; first = false; console.log('in it'); return new Promise(() => {}); });`,
    );
    app.kill();
    await app.untilStdout(/in it/);
    app.child.stdin?.write(inTurn(`throw new Error('gone')`));
    await app.untilStderr(AGAIN);
    const report = await untilReport(app, ENDED, 1);
    expect(report).toMatch(/^well$/m);
    expect(idsIn(report)).toHaveLength(1);
  });

  it('in the middle of a delivery: the printed report is on disk, and the new agent sends it', async () => {
    const spool = makeSpool();
    const bodies: string[] = [];
    let hang = true;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (hang) return;
        bodies.push(Buffer.concat(chunks).toString());
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = new Promise((resolve) => server.once('request', resolve));
    const app = await startPatient({
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      GMR_SPOOL_DIR: spool,
    });
    app.kill();
    const [id = ''] = idsIn(await app.untilStderr(ENDED));
    await asked;
    app.child.stdin?.write(inTurn(`throw new Error('gone')`));
    await app.untilStderr(AGAIN);
    expect(readdirSync(spool)).toHaveLength(1);
    hang = false;
    await app.untilStderr(new RegExp(`^gmr ${id}: \\S+ took \\d+ log records`, 'm'));
    expect(bodies.join('').split(id).length).toBeGreaterThan(7);
    expect(readdirSync(spool)).toEqual([]);
    expect(app.child.exitCode).toBeNull();
    server.closeAllConnections();
    server.close();
  });
});

describe('process.exit inside a registered generator', () => {
  it.each([
    ['synchronous', `registerSection('Last', () => process.exit(4));`],
    ['asynchronous', `registerSection('Last', async () => { await new Promise(setImmediate); process.exit(4); });`],
    ['of the configuration', `registerConfiguration('last', () => process.exit(4));`],
  ])('%s: it ends the process with its code, and nothing hangs', async (_, text) => {
    const app = startText(
      `import { registerConfiguration, registerSection, setupAutorun } from ${JSON.stringify(INDEX)};
       ${text} setInterval(() => {}, 1000); await setupAutorun().ready; console.log('up');`,
    );
    await app.untilStdout(/up/);
    app.kill();
    // Within the agent's own evaluation its session cannot be ended: Node 20 and 22 say so, and do not wait.
    expect(await app.ended).toEqual({ code: 4, signal: null });
  });
});

describe('what is registered', () => {
  it('comes into a report up to a bound; the rest is counted, and the agent lives', async () => {
    const app = await startPatient(
      { GMR_DEADLINE_MS: '20000', GMR_SECTION_DEADLINE_MS: '20000' },
      `const text = 'a line of some length\\n'.repeat(180_000);
       for (let n = 0; n < 8; n += 1) registerSection('Large ' + n, () => text);`,
    );
    app.kill();
    // Those of the last go that are beyond the bound come before it, each with a line of its own.
    const report = await app.untilStderr(
      /^\[failed: left out: .* comes to more than 16 MiB; those after it were not run\]$/m,
    );
    expect(report).toMatch(/^====\s+Large 2\s+====$/m);
    expect(report).not.toMatch(AGAIN);
  });
});
