import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../procfs/helpers.js';
import { INDEX, killAll, startText } from './start.js';

/** As an operator has it who sets no variable. */
const UNSET = { OTEL_LOGS_EXPORTER: '', OTEL_TRACES_EXPORTER: '' };
const SETUP = `import { setupAutorun } from ${JSON.stringify(INDEX)};`;
const STAY = "setInterval(() => {}, 1000); console.log('up');";

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

let servers: Server[] = [];
afterEach(() => {
  killAll();
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

/** A collector that shows the requests it has had. */
async function startServer(): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers });
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

describe('the option otlp', () => {
  it('sets the address of reports, their headers and their protocol', async () => {
    const { url, seen } = await startServer();
    const otlp = {
      endpoint: `${url}/base`,
      headers: { 'X-Tenant': 'shop' },
      compression: 'gzip',
      protocol: 'http/protobuf',
    };
    const app = startText(`${SETUP} await setupAutorun({ otlp: ${JSON.stringify(otlp)} }).ready; ${STAY}`, {
      env: UNSET,
      armed: false,
    });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took 8 log records; .* took 9 spans$/m);
    expect(seen.map(({ path }) => path).sort()).toEqual(['/base/v1/logs', '/base/v1/traces']);
    for (const { headers } of seen)
      expect(headers).toMatchObject({
        'x-tenant': 'shop',
        'content-encoding': 'gzip',
        'content-type': 'application/x-protobuf',
      });
  });

  it('counts as well if --import has armed the process already, and a second call adds to it', async () => {
    const { url, seen } = await startServer();
    const app = startText(
      `${SETUP} setupAutorun({ otlp: { headers: { 'x-tenant': 'shop' } } });
       await setupAutorun({ otlp: { logsEndpoint: '${url}/mine' } }).ready; ${STAY}`,
      { env: UNSET },
    );
    await app.untilStdout(/up/);
    app.kill();
    const said = await app.untilStderr(/ took 8 log records/);
    expect(seen).toMatchObject([{ path: '/mine', headers: { 'x-tenant': 'shop' } }]);
    expect(said).not.toMatch(/^gmr .*\bspans?\b/m);
  });

  it('that comes later holds for the reports that could not be sent before', async () => {
    const { url, seen } = await startServer();
    const app = startText(
      `${SETUP} await setupAutorun({ otlp: { logsEndpoint: 'http://127.0.0.1:9/' } }).ready;
       process.once('SIGCONT', () => setupAutorun({ otlp: { logsEndpoint: '${url}/mine' } }));
       process.once('SIGHUP', () => process.exit()); ${STAY}`,
      { env: UNSET, armed: false },
    );
    await app.untilStdout(/up/);
    app.kill();
    const kept = await app.untilStderr(/^gmr \w+: .* did not take 8 log records .*: kept in/m);
    const [, id = ''] = /^gmr (\w+): /m.exec(kept) ?? [];
    app.kill('SIGCONT');
    await app.untilStderr(new RegExp(`^gmr ${id}: ${url}/mine took 8 log records`, 'm'));
    app.kill('SIGHUP');
    await app.ended;
    // Nothing waits for the delivery of the settings before.
    expect(app.stderr()).not.toMatch(/before \d+ of its reports/);
    expect(seen.map(({ path }) => path)).toEqual(['/mine']);
  });

  it('gives way to the variables, header by header', async () => {
    const [named, other] = [await startServer(), await startServer()];
    const otlp = {
      logsEndpoint: `${other.url}/logs`,
      headers: { Authorization: 'option', 'x-tenant': 'shop' },
      compression: 'gzip',
    };
    const app = startText(`${SETUP} await setupAutorun({ otlp: ${JSON.stringify(otlp)} }).ready; ${STAY}`, {
      env: {
        ...UNSET,
        OTEL_EXPORTER_OTLP_ENDPOINT: named.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=variable',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      },
    });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took 8 log records/);
    const logs = named.seen.find(({ path }) => path === '/v1/logs');
    expect(logs?.headers).toMatchObject({ authorization: 'variable', 'x-tenant': 'shop' });
    expect(logs?.headers['content-encoding']).toBeUndefined();
    expect(other.seen).toEqual([]);
  });
});

describe('headers that are a function', () => {
  it('are asked for before each delivery; a blocked main thread has the last ones sent', async () => {
    const { url, seen } = await startServer();
    const app = startText(
      `${SETUP}
       let count = 0;
       const headers = async () => ({ authorization: 'token ' + (count += 1) });
       process.on('SIGWINCH', () => { console.log('spins'); for (;;); });
       await setupAutorun({ otlp: { logsEndpoint: '${url}/logs', headers } }).ready; ${STAY}`,
      { env: UNSET, armed: false },
    );
    await app.untilStdout(/up/);
    const untilTokens = (...tokens: readonly string[]) =>
      eventually(() => JSON.stringify(seen.map(({ headers }) => headers.authorization)) === JSON.stringify(tokens));
    app.kill();
    await untilTokens('token 2');
    app.kill();
    await untilTokens('token 2', 'token 3');
    app.kill('SIGWINCH');
    await app.untilStdout(/spins/);
    app.kill();
    await untilTokens('token 2', 'token 3', 'token 3');
  });

  it.each([
    ['throws', "throw new Error('no token')", /^gmr: otlp\.headers failed \(Error\); nothing is sent before it/m],
    ['returns no headers', "return 'token'", /^gmr: otlp\.headers failed \(it returned string, expected an object of/m],
  ])('and %s: it is said once, and the report waits until there are headers', async (_, body, line) => {
    const { url, seen } = await startServer();
    const app = startText(
      `${SETUP} let works = false; process.on('SIGWINCH', () => { works = true; });
       const headers = () => { if (works) return { authorization: 'late' }; ${body}; };
       await setupAutorun({ otlp: { logsEndpoint: '${url}/logs', headers } }).ready; ${STAY}`,
      { env: UNSET, armed: false },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/did not take 8 log records \(otlp\.headers has not returned headers yet\)/);
    app.kill('SIGWINCH');
    await app.untilStderr(/ took 8 log records/);
    expect(seen).toMatchObject([{ path: '/logs', headers: { authorization: 'late' } }]);
    expect(app.stderr().match(new RegExp(line, 'gm'))).toHaveLength(1);
  });
});
