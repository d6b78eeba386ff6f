import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, startText } from './start.js';

afterEach(killAll);

/** Requests by path, each of which waits in a function of its own. Each has its request at hand in another way, as frameworks do. */
const SERVER = `
import { Agent, createServer, request } from 'node:http';
import { connect } from 'node:net';
import { setupAutorun } from ${JSON.stringify(INDEX)};
const { ready } = setupAutorun();
let met = 0;
const never = new Promise(() => {});
const lock = { request: null, wait: async () => { await never; } };
async function atArgument(request, response) { await lock.wait(); response.end(); }
async function atContext(ctx) { await never; ctx.res.end(); }
async function atEnvironment(c) { await never; c.env.incoming.resume(); }
class Controller {
  constructor(request) { this.request = request; }
  async atMember() { await never; this.request.resume(); }
}
async function atShared() { await never; }
let shared;
async function joins(request) { shared ??= atShared(); await shared; request.resume(); }
async function behindAnswer(request, response) { response.end('early'); await never; request.resume(); }
async function atThen() { await never; }
class Monitor {
  async atMonitor() { await never; this.request?.resume(); }
}
const monitor = new Monitor();
async function inBackground() { await lock.wait(); }
async function atBatch(one, other) { await never; one.resume(); other.resume(); }
const routes = {
  '/argument': atArgument,
  '/context': (req, res) => atContext({ req, res, app: {} }),
  '/environment': (incoming, outgoing) => atEnvironment({ env: { incoming, outgoing } }),
  '/member': (request) => new Controller(request).atMember(),
  '/closure': (req, res) => { (async function atClosure() { await never; res.end(String(req.url)); })(); },
  '/joins': joins,
  '/joinsAlso': joins,
  '/then': (req, res) => { atThen().then((found) => res.end(found)); },
  '/answered': behindAnswer,
  '/callback': (req, res) => { lock.request = req; monitor.request = req; },
  '/batch': (req) => { if (lock.batch) atBatch(lock.batch, req); else lock.batch = req; },
};
const server = createServer((req, res) => {
  routes[req.url](req, res);
  met += 1;
  // Each once; one more behind an answer, one more of the batch, two by one connection.
  if (met === Object.keys(routes).length + 4) ready.then(() => console.log('all wait'));
}).listen(0, '127.0.0.1', async () => {
  globalThis.kept = [inBackground(), monitor.atMonitor()];
  const { port } = server.address();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path, options) => request({ port, path, host: '127.0.0.1', ...options }).on('error', () => {}).end();
  for (const path of [...Object.keys(routes), '/batch']) if (path !== '/answered') ask(path, { agent: new Agent() });
  // The connection is free again, and its next request waits without a function.
  ask('/answered', { agent }).on('response', (response) => response.resume().on('end', () => ask('/callback', { agent })));
  connect(port, '127.0.0.1').write(['/argument', '/context'].map((path) => \`GET \${path} HTTP/1.1\\r\\nhost: pipelined\\r\\n\\r\\n\`).join(''));
});
`;

interface Shown {
  readonly path: string;
  readonly direction: string;
  readonly waitsAt?: { readonly function: string; readonly file: string; readonly line: number };
}

const MAX_REPORTS = 8;

/** A report that had no CPU says that it is not whole: then another one is asked for. */
async function readReport(): Promise<{ readonly requests: readonly Shown[]; readonly said: string }> {
  const app = startText(SERVER, { env: { GMR_FORMAT: 'json' }, armed: false });
  await app.untilStdout(/all wait/);
  let before = 0;
  for (let number = 1; ; number += 1) {
    app.kill('SIGUSR2');
    const all = await app.untilStderr(/"gmr.section.name":"in_flight".*\n/, number);
    const said = all.slice(before);
    before = all.length;
    if (/"whole":false/.test(said) && number < MAX_REPORTS) continue;
    const records = said.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const section = records.find((one) => one['gmr.section.name'] === 'in_flight');
    return { requests: section.data.requests.filter((one: Shown) => one.direction === 'served'), said };
  }
}

const hasAsyncContext = Number(process.versions.node.split('.')[0]) >= 24;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a served request in flight', () => {
  it('says at which await its code is, however that has it at hand; no other function is taken for its own', async () => {
    const { requests, said } = await readReport();
    const at = (path: string) =>
      requests.filter((one) => one.path === path).map(({ waitsAt }) => waitsAt?.function ?? 'unknown');
    // The first of two pipelined ones is there as well; the second waits until the first is answered.
    const pipelined = (name: string) => (hasAsyncContext ? [name, name] : [name, 'unknown']);
    expect(at('/argument').sort()).toEqual(pipelined('wait').sort());
    expect(at('/context').sort()).toEqual(pipelined('atContext').sort());
    expect(at('/environment')).toEqual(['atEnvironment']);
    // An object of a class may serve many requests.
    expect(at('/member')).toEqual([hasAsyncContext ? 'atMember' : 'unknown']);
    // On Node 24 on the one in whose code the batch was begun.
    expect(at('/batch').sort()).toEqual([...(hasAsyncContext ? ['atBatch'] : ['unknown']), 'unknown'].sort());
    expect(at('/closure')).toEqual(['atClosure']);
    expect(at('/then')).toEqual(['atThen']);
    expect(at('/joins')).toEqual(['atShared']);
    expect(at('/joinsAlso')).toEqual(['atShared']);
    expect(at('/callback')).toEqual(['unknown', 'unknown']);
    expect(said).toMatch(/"waitsFor":"[2-3] of 14 requests at /);
    expect(said).toMatch(/"requests":\{"count":1,"oldest":\{"method":"GET","path":"\/environment","ageMs":\d+\}\}/);
  });
});
