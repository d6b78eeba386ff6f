import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../faults/certificate.js';
import { openGate } from '../faults/gate.js';
import { BOTH_SIGNALS, startCollector, until, untilDelivered } from '../faults/ledger.js';
import { canBindNames, type NameServer, startNameServer, startWithNames } from '../faults/names.js';
import { INDEX, killAll, type Program, REGISTER, startNode, WHOLE } from './start.js';

/** Long, for a machine under load. */
vi.setConfig({ testTimeout: 120_000 });

const root = mkdtempSync(join(tmpdir(), 'host-'));
const store = join(root, 'store');
const servers: NameServer[] = [];
const TAKEN = /^gmr [0-9a-f]{32}: \S+ took \d+ log records; \S+ took \d+ spans$/m;
let port: number;
let runs = 0;

beforeAll(async () => {
  ({ port } = await startCollector(store, undefined, '0.0.0.0'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => {
  killAll();
  rmSync(root, { recursive: true, force: true });
});

/** FIFOs that nobody opens for writing: a reader waits for ever. */
function makeFifos(count: number): string[] {
  runs += 1;
  return Array.from({ length: count }, (_, n) => {
    const path = join(root, `fifo-${runs}-${n}`);
    execFileSync('mkfifo', [path]);
    return path;
  });
}

/** A program that fills its thread pool for good, at once or on a message, and ends on a message. */
const fill = (fifos: readonly string[], when: 'at once' | 'later') => `
  import { open } from 'node:fs';
  const fill = () => { for (const path of ${JSON.stringify(fifos)}) open(path, 'r', () => {}); };
  ${when === 'at once' ? 'fill();' : ''}
  setInterval(() => {}, 1000);
  process.on('SIGHUP', () => { fill(); console.log('filled'); });
  process.stdin.once('data', () => process.exit(7));
  console.log('up');`;

const run = (text: string) => ['--import', REGISTER, '--input-type=module', '--eval', text];
const environment = (endpoint: string, more: Record<string, string> = {}) => ({
  ...BOTH_SIGNALS,
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  GMR_MAX_REPORTS_PER_MINUTE: '1000',
  ...more,
});

/** Asks for one more report, and awaits its text, both requests, and all of it in the collector. */
async function deliver(app: Program, times = 1): Promise<void> {
  app.kill();
  await app.untilStderr(WHOLE, times);
  await app.untilStderr(TAKEN, times);
  await untilDelivered(app, store);
  expect(app.stderr()).not.toMatch(/sent from memory/);
}

async function end(app: Program): Promise<void> {
  app.child.stdin?.write('x');
  expect(await app.ended).toEqual({ code: 7, signal: null });
}

/** A program whose pool is stuck does not get through `process.exit`, with or without the package. */
async function terminate(app: Program): Promise<void> {
  app.kill('SIGTERM');
  expect(await app.ended).toEqual({ code: null, signal: 'SIGTERM' });
}

describe('a thread pool that the program has filled for good: the report is whole, on disk and delivered, and a signal ends the process', () => {
  it.each([
    [4, 'at once', {}],
    [8, 'at once', {}],
    [4, 'later', {}],
    [1, 'at once', { UV_THREADPOOL_SIZE: '1' }],
  ] as const)('by %d opens of FIFOs, %s, %j', async (count, when, more) => {
    const endpoint = `http://localhost:${port}`;
    const app = startNode(run(fill(makeFifos(count), when)), {
      env: environment(endpoint, { ...more, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }),
    });
    await app.untilStdout(/up/);
    if (when === 'later') {
      await deliver(app);
      app.kill('SIGHUP');
      await app.untilStdout(/filled/);
    }
    await deliver(app, when === 'later' ? 2 : 1);
    await terminate(app);
  });

  it('with TLS and certificate files', async () => {
    const { key, cert, path } = makeCertificate(root);
    const gate = await openGate(port, { key, cert });
    const app = startNode(run(fill(makeFifos(4), 'at once')), {
      env: environment(`https://localhost:${gate.port}`, { OTEL_EXPORTER_OTLP_CERTIFICATE: path }),
    });
    await app.untilStdout(/up/);
    await deliver(app);
    await terminate(app);
    await gate.shut();
  });

  describe.skipIf(!canBindNames)('with the endpoint by name (needs root, for a mount namespace)', () => {
    it('of /etc/hosts', async () => {
      const files = { hosts: '127.0.0.1 collector.example # ours\n', resolv: 'nameserver 127.0.77.1\n' };
      const env = environment(`http://collector.example:${port}`);
      const app = startWithNames(root, files, run(fill(makeFifos(4), 'at once')), { env });
      await app.untilStdout(/up/);
      await deliver(app);
      await terminate(app);
    });

    it.each([
      ['whole', 'collector.shop.example', 'options ndots:1'],
      ['short, by a search domain', 'collector', 'search other.example shop.example'],
      ['with dots, but less than ndots', 'collector.shop', 'search example\noptions ndots:3'],
      ['with a search domain before it that is broken', 'collector.shop.example', 'search corp\noptions ndots:5'],
    ])('of a DNS server, %s', async (_, name, line) => {
      const names = { 'collector.shop.example': '127.0.0.1', 'collector.shop.example.corp': 'broken' };
      const server = await startNameServer('127.0.77.2', names);
      servers.push(server);
      const files = { hosts: '127.0.0.1 localhost\n', resolv: `nameserver ${server.address}\n${line}\n` };
      const env = environment(`http://${name}:${port}`);
      const app = startWithNames(root, files, run(fill(makeFifos(4), 'at once')), { env });
      await app.untilStdout(/up/);
      await deliver(app);
      await terminate(app);
    });
  });
});

describe.skipIf(!canBindNames)('a resolver that never answers (needs root, for a mount namespace)', () => {
  const hosts = '127.0.0.1 localhost\n127.0.0.9 known.example\n';

  it("takes none of the program's threads, the report waits on disk, and the exit is not held", async () => {
    const server = await startNameServer('127.0.77.3', {});
    servers.push(server);
    server.fallSilent();
    // The resolver of the system would hold the one thread for 150 s.
    const files = { hosts, resolv: `nameserver ${server.address}\noptions timeout:30 attempts:5\n` };
    const text = `
      import { lookup } from 'node:dns';
      import { writeFile } from 'node:fs/promises';
      setInterval(() => {}, 1000);
      process.on('SIGHUP', () => lookup('known.example', async (_, address) => {
        await writeFile('/dev/null', ''); console.log('found ' + address); }));
      process.stdin.once('data', () => process.exit(7));
      console.log('up');`;
    const env = environment(`http://collector.example:${port}`, { UV_THREADPOOL_SIZE: '1' });
    const app = startWithNames(root, files, run(text), { env });
    await app.untilStdout(/up/);
    app.kill();
    await until(
      () => server.asked.includes('collector.example'),
      () => 'the resolver to be asked',
    );
    app.kill('SIGHUP');
    await app.untilStdout(/found 127\.0\.0\.9/);
    await app.untilStderr(/did not take .* \(host name lookup failed\): kept in \S+spool, tried again/);
    await end(app);
  });

  it('after it has answered once: the address that answered is used', async () => {
    const server = await startNameServer('127.0.77.4', { 'collector.example': '127.0.0.1' });
    servers.push(server);
    const own = join(root, 'own');
    const first = await startCollector(own, undefined, '0.0.0.0');
    const files = { hosts, resolv: `nameserver ${server.address}\n` };
    const text = `setInterval(() => {}, 1000); process.stdin.once('data', () => process.exit(7)); console.log('up');`;
    const app = startWithNames(root, files, run(text), {
      env: environment(`http://collector.example:${first.port}`),
    });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(TAKEN);
    server.fallSilent();
    // Its connection is gone with it: the name is asked for again.
    first.collector.kill('SIGKILL');
    await first.collector.ended;
    await startCollector(own, first.port, '0.0.0.0');
    const before = server.asked.length;
    app.kill();
    await app.untilStderr(/took \d+ log records[\s\S]*took \d+ log records/);
    expect(server.asked.length).toBeGreaterThan(before);
    await end(app);
  });
});

describe('no descriptor left', () => {
  it.each([0, 1])('%d free: the report is whole, on disk, and delivered', async (free) => {
    const spool = join(root, `spool-${free}`);
    mkdirSync(spool);
    const text = `
      import { closeSync, openSync, readdirSync } from 'node:fs';
      import { setupAutorun } from ${JSON.stringify(INDEX)};
      await setupAutorun().ready;
      const opened = [];
      try { for (;;) opened.push(openSync('/dev/null')); } catch (error) { console.log(error.code); }
      for (let n = 0; n < ${free}; n += 1) closeSync(opened.pop());
      process.on('SIGHUP', () => { for (const one of opened.splice(0)) closeSync(one); console.log('freed'); });
      setInterval(() => {}, 1000);
      process.stdin.once('data', () => process.exit(7));
      console.log('up');`;
    const node = [process.execPath, ...run(text)];
    const app = startNode(['-c', 'ulimit -n 64 && exec "$0" "$@"', ...node], {
      command: 'sh',
      env: environment(`http://localhost:${port}`, { GMR_SPOOL_DIR: spool }),
    });
    await app.untilStdout(/EMFILE\nup/);
    await deliver(app);
    await deliver(app, 2);
    expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
    app.kill('SIGHUP');
    await app.untilStdout(/freed/);
    await deliver(app, 3);
    await end(app);
  });

  it('while the collector is down: it waits on disk, and goes out once the collector is up', async () => {
    const spool = join(root, 'spool-down');
    const gate = await openGate(port);
    await gate.shut();
    const text = `
      import { openSync } from 'node:fs';
      import { setupAutorun } from ${JSON.stringify(INDEX)};
      await setupAutorun().ready;
      try { for (;;) openSync('/dev/null'); } catch (error) { console.log(error.code); }
      setInterval(() => {}, 1000);
      process.stdin.once('data', () => process.exit(7));
      console.log('up');`;
    const app = startNode(['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, ...run(text)], {
      command: 'sh',
      env: environment(`http://127.0.0.1:${gate.port}`, { GMR_SPOOL_DIR: spool }),
    });
    await app.untilStdout(/EMFILE\nup/);
    app.kill();
    await app.untilStderr(/did not take .* \(connection refused\): kept in \S+spool-down, tried again/);
    expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).toHaveLength(2);
    await gate.open();
    await app.untilStderr(/took \d+ log records at the/);
    await app.untilStderr(/took \d+ spans at the/);
    await end(app);
    await gate.shut();
  });
});

describe('a directory that never can be made', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const text = `setInterval(() => {}, 1000); process.stdin.once('data', () => process.exit(7)); console.log('up');`;

  it.each(['/proc/x', '/proc/self/x/y', '/dev/fd/x'])(
    'GMR_SPOOL_DIR=%s: reports wait in memory, and one line says so',
    async (directory) => {
      const env = environment(`http://localhost:${port}`, { GMR_SPOOL_DIR: directory });
      const app = startNode(run(text), { env });
      await app.untilStdout(/up/);
      await deliver(app);
      await deliver(app, 2);
      const lines = app.stderr().match(/^gmr: GMR_SPOOL_DIR=\S+ is not used \(.*\): reports wait in memory$/gm);
      expect(lines).toHaveLength(1);
      await end(app);
    },
  );

  it.each([
    { HOME: '/proc/x' },
    { HOME: '/dev/fd/x' },
    { HOME: join(file, 'home') },
    { XDG_STATE_HOME: '/proc/x', HOME: '/proc/self/fd/x' },
  ])('%j: reports wait in the directory for temporary files', async (places) => {
    runs += 1;
    const temporary = join(root, `tmp-${runs}`);
    mkdirSync(temporary);
    const down = await openGate(port);
    await down.shut();
    const env = environment(`http://127.0.0.1:${down.port}`, { XDG_STATE_HOME: '', ...places, TMPDIR: temporary });
    const app = startNode(run(text), { env });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(WHOLE);
    await app.untilStderr(new RegExp(`kept in ${temporary}/guru-meditation-\\w+/spool, tried again`));
    await end(app);
  });

  it('HOME and TMPDIR both: reports wait in memory, and it is said', async () => {
    const env = environment(`http://localhost:${port}`, { XDG_STATE_HOME: '', HOME: '/proc/x', TMPDIR: '/dev/fd/x' });
    const app = startNode(run(text), { env });
    await app.untilStdout(/up/);
    await deliver(app);
    expect(app.stderr()).toMatch(/^gmr: \/proc\/x\S+ is not used \(.*\): reports wait in memory$/m);
    await end(app);
  });
});

describe('a certificate file that cannot be read', () => {
  it('is a FIFO: that is said, the report waits on disk, and the exit is not held', async () => {
    const { key, cert } = makeCertificate(root);
    const gate = await openGate(port, { key, cert });
    const [fifo = ''] = makeFifos(1);
    const text = `setInterval(() => {}, 1000); process.stdin.once('data', () => process.exit(7)); console.log('up');`;
    const env = environment(`https://localhost:${gate.port}`, { OTEL_EXPORTER_OTLP_CERTIFICATE: fifo });
    const app = startNode(run(text), { env });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(WHOLE);
    await app.untilStderr(
      /^gmr: OTEL_EXPORTER_OTLP_CERTIFICATE=\S+ cannot be read \(it is not a regular file\): it is left out$/m,
    );
    await app.untilStderr(
      /did not take .* \(its certificate is of an authority that is not known here.*\): kept in \S+spool/,
    );
    await end(app);
    await gate.shut();
  });
});
