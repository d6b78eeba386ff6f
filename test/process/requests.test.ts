import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, type Program, startApp, startText } from './start.js';

afterEach(killAll);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasHttp2 = major > 24 || (major === 24 && minor >= 2) || (major === 22 && minor >= 17);
/** The async context is V8's own, and costs nothing. */
const followsAwait = major >= 24;
const env = { GMR_DEADLINE_MS: '10000' };
const END = /^====\s+In Flight\s+====\n=+\n[\s\S]*\n(?=gmr \w{32}: )/m;

/** The In Flight section of the report. */
async function inFlightOf(program: Program, reports = 1): Promise<string> {
  program.kill();
  const all = await program.untilStderr(/^gmr \w{32}: /m, reports);
  const last = all.slice(all.lastIndexOf('In Flight'));
  return (END.exec(`====  ${last}`)?.[0] ?? last).trim();
}

/** A program with a server that answers only the requests that the test names, and `tell(path, headers)` that asks it. */
const server = (handler: string, then: string) => `
  import http from 'node:http';
  import net from 'node:net';
  import { setTimeout as wait } from 'node:timers/promises';
  import { setupAutorun } from ${JSON.stringify(INDEX)};
  await setupAutorun().ready;
  const spin = () => { console.log('stuck'); const end = Date.now() + 30_000; while (Date.now() < end); };
  const open = [];
  const server = http.createServer(async (request, response) => { open.push(response); ${handler} });
  await new Promise((up) => server.listen(0, '127.0.0.1', up));
  const { port } = server.address();
  const raw = (text) => new Promise((up) => { const socket = net.connect(port, '127.0.0.1', () => { socket.write(text); up(socket); }).on('error', () => {}); });
  const until = async (is) => { while (!is()) await wait(10); };
  const closed = (one) => new Promise((over) => one.closed ? over() : one.once('close', over));
  ${then}
  console.log('up');
  setInterval(() => {}, 60_000);`;
const GET = (path: string) => `'GET ${path} HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'`;

describe('requests in flight', () => {
  it('without any, a line says so', async () => {
    const program = startApp('idle', { env });
    await program.untilStdout(/up/);
    expect(await inFlightOf(program)).toMatch(
      /nothing: no request and no span of the main thread has begun and not ended$/m,
    );
  });

  it('the one that the stuck code serves is marked, with no SDK and no change of code', async () => {
    const program = startText(
      server(
        `if (request.url === '/stuck?token=t') spin();`,
        `await raw(${GET('/waits')}); await until(() => open.length === 1);
         http.get({ port, path: '/stuck?token=t', headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } });`,
      ),
      { env },
    );
    await program.untilStdout(/stuck/);
    const section = await inFlightOf(program);
    expect(section).toContain('requests = 3');
    expect(section).toMatch(/^ {3}served {2}http {2}GET \/waits .* being handled$/m);
    expect(section).toMatch(
      /^\* {2}served {2}http {2}GET \/stuck .* being handled +trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331$/m,
    );
    expect(section).toMatch(/^ {3}made {4}http {2}GET \/stuck +to localhost:\d+ .* waiting for an answer/m);
  });

  it.runIf(followsAwait)('the one that the stuck code serves is marked behind an await, too', async () => {
    const program = startText(
      server(
        `await wait(5); await null; if (request.url === '/stuck') spin();`,
        `await raw(${GET('/before')}); await raw(${GET('/stuck')});`,
      ),
      { env },
    );
    await program.untilStdout(/stuck/);
    const section = await inFlightOf(program);
    expect(section).toMatch(/^\* {2}served {2}http {2}GET \/stuck /m);
    expect(section).toMatch(/^ {3}served {2}http {2}GET \/before /m);
  });

  it('those that have ended are not there, in whichever way they have', async () => {
    const program = startText(
      server(
        `if (request.url === '/answered') response.end('x');
         if (request.url === '/destroyed') response.destroy();
         if (request.url === '/upgrade') response.end();`,
        `server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 S\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\n'));
         server.on('connect', (_, socket) => socket.write('HTTP/1.1 200 OK\\r\\n\\r\\n'));
         const agent = new http.Agent({ keepAlive: true });
         for (let n = 0; n < 3; n += 1)
           await new Promise((over) => http.get({ port, path: '/answered', agent }, (answer) => answer.resume().on('close', over)));
         const failing = http.get({ port, path: '/destroyed' }); failing.on('error', () => {}); await closed(failing);
         const upgraded = http.get({ port, path: '/upgrade', headers: { connection: 'Upgrade', upgrade: 'x' } });
         await new Promise((over) => upgraded.on('upgrade', over));
         const tunnel = http.request({ port, method: 'CONNECT', path: 'h:443' }).end();
         await new Promise((over) => tunnel.on('connect', over));
         const aborted = http.get({ port, path: '/aborted' }); aborted.on('error', () => {});
         await until(() => open.some(({ req }) => req.url === '/aborted')); aborted.destroy(); await closed(aborted);
         const timed = http.get({ port, path: '/timed', timeout: 20 }, () => {}).on('error', () => {});
         timed.on('timeout', () => timed.destroy()); await closed(timed);
         const refused = http.get({ port: 1, path: '/refused' }).on('error', () => {}); await closed(refused);
         const stop = new AbortController(); const fetched = fetch('http://127.0.0.1:' + port + '/fetched', { signal: stop.signal });
         fetched.catch(() => {}); await until(() => open.some(({ req }) => req.url === '/fetched')); stop.abort();
         await (await fetch('http://127.0.0.1:' + port + '/answered')).text();
         await until(() => open.every((one) => one.destroyed || one.writableFinished));`,
      ),
      { env },
    );
    await program.untilStdout(/up/);
    expect(await inFlightOf(program)).toMatch(/nothing: no request/);
  });

  it('pipelined ones are all there; the count is true beyond what is shown', async () => {
    const program = startText(
      server(
        `if (request.url === '/first') return; if (request.url.startsWith('/quick')) response.end();`,
        `await raw(${GET('/first')} + ${GET('/second')} + ${GET('/quick')}); await until(() => open.length === 3);
         const text = ${GET('/many')};
         for (let n = 0; n < 300; n += 1) await raw(text); await until(() => open.length === 303);
         open[0].end(); await until(() => open[0].writableFinished);`,
      ),
      { env: { ...env, GMR_FORMAT: 'full' } },
    );
    await program.untilStdout(/up/);
    const section = await inFlightOf(program);
    // The quick one is answered, and waits for the second to be.
    expect(section).toContain('requests = 302, the oldest 200 shown');
    expect(section).toMatch(/GET \/second .* being handled$/m);
    expect(section).toMatch(/GET \/quick .* answered, not yet sent$/m);
    expect(section).not.toMatch(/GET \/first/);
  });

  it('what waits for the body, what is being answered, what is being read', async () => {
    const program = startText(
      server(
        `if (request.url.startsWith('/slow')) response.write('x'.repeat(10));`,
        `await raw('POST /body HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 9\\r\\n\\r\\nabc');
         http.get({ port, path: '/slow' }, () => {}); const answer = await fetch('http://127.0.0.1:' + port + '/slow?q=1');
         await until(() => open.length === 3);`,
      ),
      { env },
    );
    await program.untilStdout(/up/);
    const section = await inFlightOf(program);
    expect(section).toMatch(/served {2}http +POST \/body .* being received$/m);
    expect([...section.matchAll(/served {2}http +GET \/slow .* being answered$/gm)]).toHaveLength(2);
    expect(section).toMatch(/made +http +GET \/slow +to localhost:\d+ .* reading the answer$/m);
    expect(section).toMatch(/made +fetch +GET \/slow +to 127.0.0.1:\d+ .* reading the answer$/m);
  });

  it('nothing is kept that nobody else holds', async () => {
    const program = startText(
      server(
        `response.end();`,
        `const refs = [];
         server.on('request', (request, response) => refs.push(new WeakRef(request), new WeakRef(response)));
         for (let n = 0; n < 50; n += 1) (await raw(${GET('/x')} )).on('data', function () { this.destroy(); });
         const client = () => new Promise((over) => {
           const made = http.get({ port, path: '/x' }, (answer) => answer.resume().on('close', over)); refs.push(new WeakRef(made));
         });
         for (let n = 0; n < 50; n += 1) await client();
         await until(() => refs.length >= 250); open.length = 0;
         await until(() => { gc(); return refs.every((ref) => ref.deref() === undefined); });`,
      ),
      { env, flags: ['--expose-gc'] },
    );
    await program.untilStdout(/up/);
  });

  it('HTTP/2 in both directions, or a note that says why not', async () => {
    const program = startText(
      `import http2 from 'node:http2';
       const server = http2.createServer(); let streams = 0;
       server.on('stream', (stream, headers) => { streams += 1; stream.on('error', () => {}); if (headers[':path'] === '/done') { stream.respond(); stream.end(); } });
       await new Promise((up) => server.listen(0, '127.0.0.1', up));
       const session = http2.connect('http://127.0.0.1:' + server.address().port);
       const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
       const done = session.request({ ':path': '/done' }); done.resume().end(); await new Promise((over) => done.on('close', over));
       session.request({ ':path': '/waits?x=1', ':method': 'POST', traceparent });
       while (streams < 2) await new Promise((turn) => setTimeout(turn, 10));
       console.log('up');`,
      { env },
    );
    await program.untilStdout(/up/);
    const section = await inFlightOf(program);
    if (hasHttp2) {
      expect(section).toContain('requests = 2');
      expect(section).toMatch(/^ {3}served {2}http2 {2}POST \/waits {2}from .* being handled {2}trace 0af7651916cd/m);
      expect(section).toMatch(/^ {3}made {4}http2 {2}POST \/waits {2}to .* open +trace 0af7651916cd/m);
    } else expect(section).toMatch(/^note = requests of HTTP\/2 are not seen/m);
  });

  it('a main thread that does not answer is said not to', async () => {
    const program = startText(
      `import { execSync } from 'node:child_process';
       import { setupAutorun } from ${JSON.stringify(INDEX)};
       await setupAutorun().ready;
       execSync('echo up >&2; exec sleep 60', { stdio: 'inherit' });`,
    );
    await program.untilStderr(/^up$/m);
    expect(await inFlightOf(program)).toMatch(
      /note = not known: the main thread (did not answer in 250 ms|sleeps in native code)$/m,
    );
  });
});

describe('the program', () => {
  it('sees nothing of it: the API’s global, its responses and its sockets are as they were', async () => {
    const program = startText(
      server(
        `response.end();`,
        `const { inspect } = await import('node:util');
         const api = Symbol.for('opentelemetry.js.api.1');
         console.log('api ' + globalThis[api] + ' ' + Object.keys(globalThis).includes(api));
         globalThis[api] = { version: '1.9.0' }; globalThis[api].trace = { setDelegate() { console.log('delegated'); } };
         console.log(inspect(Object.getOwnPropertyDescriptor(globalThis, api)));
         globalThis[api].trace.setDelegate({ getTracer() {} });
         console.log('own ' + Object.keys(globalThis[api].trace));
         await new Promise((over) => http.get({ port }, (answer) => answer.resume().on('close', over)));
         console.log('marks ' + Reflect.ownKeys(open[0]).concat(Reflect.ownKeys(open[0].req.socket)).filter((key) => /guru|gmr/.test(String(key))));
         delete globalThis[api];`,
      ),
      { env },
    );
    const said = await program.untilStdout(/^up$/m);
    expect(said).toMatch(/^api undefined false$/m);
    expect(said).toMatch(/^ {2}value: \{ version: '1.9.0', trace: \{/m);
    expect(said).toMatch(/writable: true,\s+enumerable: true,\s+configurable: true/);
    expect(said).toMatch(/^delegated$/m);
    expect(said).toMatch(/^own setDelegate$/m);
    expect(said).toMatch(/^marks $/m);
  });

  it('is told when a provider of a shape that is not known is registered', async () => {
    const program = startText(
      `const api = Symbol.for('opentelemetry.js.api.1');
       globalThis[api] = { version: '1.9.0' };
       globalThis[api].trace = { setDelegate(delegate) { this._delegate = delegate; } };
       class HomeMadeProvider { getTracer() {} }
       globalThis[api].trace.setDelegate(new HomeMadeProvider());
       globalThis[api].context = { active() { throw new Error('context manager of the application'); } };
       console.log('up'); setInterval(() => {}, 60_000);`,
      { env },
    );
    await program.untilStdout(/up/);
    expect(await inFlightOf(program)).toMatch(
      /^note = spans are not seen: .* \(HomeMadeProvider\); add InFlightSpanProcessor to it/m,
    );
  });
});
