import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { INDEX, killAll, makeStateDirectory, startText } from './start.js';

afterEach(killAll);

const KINDS = /^descriptors = .*; by kind: (.*)$/m;

async function startCollector(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.runIf(process.platform === 'linux')(
  "the agent's descriptors are not counted as the program's, and its connections are not listed",
  async () => {
    const endpoint = await startCollector();
    // It counts its own before it is armed.
    const app = startText(
      `import { readdirSync, readlinkSync } from 'node:fs';
       import { createServer } from 'node:net';
       import { setupAutorun } from ${JSON.stringify(INDEX)};
       const server = createServer().listen(0, '127.0.0.1', async () => {
         process.on('SIGUSR1', () => {});
         process.stdout.write('port ' + server.address().port + '\\n');
         const links = readdirSync('/proc/self/fd').flatMap((fd) => {
           try { return [readlinkSync('/proc/self/fd/' + fd)]; } catch { return []; }
         });
         const count = (pattern) => links.filter((link) => pattern.test(link)).length;
         console.log(JSON.stringify({
           epoll: count(/eventpoll/), eventfd: count(/eventfd/), pipe: count(/^pipe:/), socket: count(/^socket:/),
           io_uring: count(/io_uring/), device: count(/^.dev.null/),
         }));
         await setupAutorun().ready;
         console.log('up');
       });`,
      {
        armed: false,
        env: {
          OTEL_LOGS_EXPORTER: 'otlp',
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          GMR_SPOOL_DIR: makeStateDirectory(),
        },
      },
    );
    await app.untilStdout(/up/);
    const own = /\{.*\}/.exec(app.stdout())?.[0] ?? '';
    const port = /port (\d+)/.exec(app.stdout())?.[1];
    app.kill('SIGUSR2');
    const first = await app.untilStderr(/^gmr \w{32}: \S+ took/m);
    const kinds = Object.fromEntries(
      [...(KINDS.exec(first)?.[1] ?? '').matchAll(/(\w+) (\d+)/g)].map(([, kind, count]) => [kind, Number(count)]),
    );
    const truth = JSON.parse(own) as { readonly [kind: string]: number };
    for (const kind of ['epoll', 'eventfd', 'io_uring', 'pipe', 'socket', 'device'])
      expect([kind, kinds[kind] ?? 0]).toEqual([kind, truth[kind]]);
    expect(first).toMatch(/^descriptors = .*, of the agent \d+[,;]/m);
    // By now the agent is connected to the collector, and keeps that connection.
    app.kill('SIGUSR2');
    const all = await app.untilStderr(/^gmr \w{32}: \S+ took/m, 2);
    const second = all.slice(all.lastIndexOf('Guru Meditation'));
    expect(second).toContain(`listening  127.0.0.1:${port}`);
    expect(second).not.toContain(`127.0.0.1:${new URL(endpoint).port}`.concat('  '));
    expect([...second.matchAll(/^\d+ {2}tcp\d? .*$/gm)]).toHaveLength(1);
  },
);
