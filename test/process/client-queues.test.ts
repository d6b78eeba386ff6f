import { afterEach, expect, it } from 'vitest';
import { INDEX, killAll, startText } from './start.js';

afterEach(killAll);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const tellsCreation = major > 22 || (major === 22 && minor >= 12);
const UNDICI = import.meta.resolve('undici');

/** The In Flight section of a program whose server answers nothing, and which has made requests of it. */
async function inFlightOf(made: string): Promise<string> {
  const program = startText(
    `import http from 'node:http';
     import { Agent, Client, Pool, request, setGlobalDispatcher } from ${JSON.stringify(UNDICI)};
     import { setupAutorun } from ${JSON.stringify(INDEX)};
     await setupAutorun().ready;
     let asked = 0;
     const server = http.createServer((request, response) => {
       asked += 1;
       if (request.url === '/slow') response.write('x');
     });
     await new Promise((up) => server.listen(0, '127.0.0.1', up));
     const url = 'http://127.0.0.1:' + server.address().port;
     const untilAsked = async (count) => { while (asked < count) await new Promise((turn) => setTimeout(turn, 10)); };
     ${made}
     console.log('up');
     setInterval(() => {}, 60_000);`,
    { env: { GMR_DEADLINE_MS: '10000', GMR_FORMAT: 'full' } },
  );
  await program.untilStdout(/up/);
  program.kill();
  const all = await program.untilStderr(/^gmr \w{32}: /m);
  return all.slice(all.lastIndexOf('In Flight'));
}

const statesOf = (section: string, what: string) =>
  [...section.matchAll(new RegExp(`made +${what} .*s {2}(.*)$`, 'gm'))].map(([, state]) => state);

it("undici's own functions are not fetch, and a request that its client has not sent says so", async () => {
  const section = await inFlightOf(
    `new Pool(url).request({ method: 'GET', path: '/pool' }).catch(() => {});
     const client = new Client(url);
     for (let n = 0; n < 3; n += 1) client.request({ method: 'POST', path: '/client', body: '{}' }).catch(() => {});
     request(url + '/alone').catch(() => {});
     fetch(url + '/fetched').catch(() => {});
     const { body } = await request(url + '/slow'); body.on('error', () => {});
     await untilAsked(5);`,
  );
  expect(statesOf(section, 'undici +GET /pool')).toEqual(['waiting for an answer']);
  expect(statesOf(section, 'undici +POST /client')).toEqual([
    'waiting for an answer',
    'waiting for a connection',
    'waiting for a connection',
  ]);
  expect(statesOf(section, 'undici +GET /alone')).toEqual(['waiting for an answer']);
  expect(statesOf(section, 'undici +GET /slow')).toEqual(['reading the answer']);
  expect(statesOf(section, 'fetch +GET /fetched')).toEqual(['waiting for an answer']);
  expect(section).toMatch(/^note = 2 requests to 127\.0\.0\.1:\d+ wait for a connection, behind 5 that have one/m);
});

it('the queue of the global dispatcher is told as undici publishes it', async () => {
  const section = await inFlightOf(
    `setGlobalDispatcher(new Agent({ connections: 2 }));
     for (let n = 0; n < 5; n += 1) request(url + '/stock').catch(() => {});
     await untilAsked(2);`,
  );
  expect(section).toMatch(/undici's pool for http:\/\/127\.0\.0\.1:\d+ has 3 requests in its queue, and 2 connections/);
});

it.runIf(tellsCreation)("a request of Node's own client that waits for a socket of its agent says so", async () => {
  const section = await inFlightOf(
    `const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
     for (let n = 0; n < 3; n += 1) http.get(url + '/' + n, { agent }).on('error', () => {});
     await untilAsked(1);`,
  );
  expect(section).toMatch(/made +http +GET \/0 .* waiting for an answer$/m);
  expect(section).toMatch(/made +http +GET \/1 .* waiting for a connection$/m);
  expect(section).toMatch(/made +http +GET \/2 .* waiting for a connection$/m);
  expect(section).toMatch(/^note = 2 requests to \S+ wait for a connection, behind 1 that has one/m);
});
