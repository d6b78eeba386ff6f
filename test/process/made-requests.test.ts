import { afterEach, describe, expect, it } from 'vitest';
import { killAll, MANY_REPORTS, reportUntil, startText } from './start.js';

afterEach(killAll);

/** Functions that wait for answers which do not come, and others that have a request at hand and wait for something else. */
const PROGRAM = `import http from 'node:http';
import { once } from 'node:events';
const server = http.createServer((request, response) => {
  if (request.url.startsWith('/half')) response.write('half of it');
}).listen(0);
await once(server, 'listening');
const url = 'http://localhost:' + server.address().port;
const queue = [];
// They know a request each, which does not let anybody in.
class Client {
  waiting = [];
  poll() { http.get(url + '/poll').on('error', this.onError.bind(this)); }
  onError() {}
}
class LimitedAgent extends http.Agent { places = []; }
class Lock { turns = []; }
const [client, agent, lock] = [new Client(), new LimitedAgent(), new Lock()];
client.poll();
http.get(url + '/by-agent', { agent }).on('error', () => {});
http.get(url + '/with-lock').on('error', () => {}).app = { lock };
const functions = {
  async byFetch() { return await fetch(url + '/stock?token=hunter2', { method: 'POST', body: 'x' }); },
  async ofBody() { const answer = await fetch(url + '/half/text'); return await answer.text(); },
  async byGet() { return await new Promise((resolve, reject) => http.get(url + '/cart', resolve).on('error', reject)); },
  async ofAnswer() {
    const answer = await new Promise((resolve) => http.get(url + '/half/stream', resolve));
    for await (const chunk of answer) void chunk;
  },
  async ofThen() { return await new Promise((resolve) => fetch(url + '/later').then((answer) => resolve(answer))); },
  async elsewhere() {
    const deferred = {};
    const promise = new Promise((resolve, reject) => { deferred.resolve = resolve; deferred.reject = reject; });
    const answer = fetch(url + '/not-this').then(() => deferred);
    queue.push(() => deferred.resolve(answer));
    return await promise;
  },
  async ofClient() { await new Promise((resolve) => client.waiting.push(resolve)); },
  async ofAgent() { await new Promise((resolve) => agent.places.push(resolve)); },
  async ofLock() { await new Promise((resolve) => lock.turns.push(resolve)); },
  async locked() {
    void fetch(url + '/nor-this');
    await new Promise((resolve) => queue.push(resolve));
  },
};
async function many() { return await fetch(url + '/many'); }
globalThis.kept = [...Object.values(functions).map((each) => each()), ...Array.from({ length: 5 }, many)];
console.log('up');`;

const TOLD = {
  byFetch: /fetch POST localhost:\d+\/stock, \d+(\.\d+)? m?s$/,
  many: /fetch GET localhost:\d+\/many, \d+(\.\d+)? m?s, and others$/,
  ofBody: /fetch GET localhost:\d+\/half\/text, \d+(\.\d+)? m?s$/,
  byGet: /GET localhost:\d+\/cart, \d+(\.\d+)? m?s, event 'response' of ClientRequest to localhost$/,
  ofAnswer: /GET localhost:\d+\/half\/stream, \d+(\.\d+)? m?s, event 'readable' of IncomingMessage/,
  ofThen: /fetch GET localhost:\d+\/later, \d+(\.\d+)? m?s$/,
  elsewhere: /kept in (deferred\.resolve of elsewhere|queue \(2\))/,
  ofClient: /kept in Client\.waiting \(1\)$/,
  ofAgent: /kept in LimitedAgent\.places \(1\)$/,
  ofLock: /kept in Lock\.turns \(1\)$/,
  locked: /kept in queue \(2\)$/,
};
/** The answer again, behind the sections. */
const ENDED = /^gmr \w{32}: main /m;

function lineOf(name: string, report: string): string {
  return report.match(new RegExp(`^ +\\d+ {2}${name} .*$`, 'm'))?.[0] ?? '';
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a function that waits for an answer', () => {
  it('leads to its request, by fetch and by http, for the answer and for its body; others do not', async () => {
    const app = startText(PROGRAM, { env: { ...MANY_REPORTS, GMR_FORMAT: 'full' } });
    await app.untilStdout(/up/);
    // The answers that come in part may not have come when the first report is made.
    const last = await reportUntil(app, ENDED, (report) =>
      Object.entries(TOLD).every(([name, told]) => told.test(lineOf(name, report))),
    );
    for (const [name, told] of Object.entries(TOLD)) expect(lineOf(name, last)).toMatch(told);
    expect(last).not.toContain('hunter2');
  });
});
