import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { CLI, killAll, makeStateDirectory, startNode, startText, writeProgram } from './start.js';

/** As an operator has it who sets no other variable. */
const UNSET = { OTEL_LOGS_EXPORTER: '', OTEL_TRACES_EXPORTER: '' };
const STAY = "setInterval(() => {}, 1000); console.log('up');";

let servers: Server[] = [];
afterEach(() => {
  killAll();
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

interface Seen {
  readonly request: IncomingMessage;
  readonly body: string;
}

async function startCollector(status = 200): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      seen.push({ request, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

/** A file of logs alone. */
function writeConfiguration(): string {
  return writeProgram(
    `file_format: "1.0"
resource: { attributes: [{ name: service.name, value: "\${NAME:-declared}" }, { name: shelf, value: 7 }] }
logger_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: http://127.0.0.1:\${PORT}/own/logs
            encoding: json
            headers: [{ name: x-tenant, value: "\${TENANT:-nobody}" }]
`,
    'yaml',
  );
}

it('OTEL_CONFIG_FILE sets the address of reports, their headers and their resource', async () => {
  const { port, seen } = await startCollector();
  const env = { ...UNSET, OTEL_CONFIG_FILE: writeConfiguration(), PORT: String(port), TENANT: 'shop' };
  const app = startText(STAY, { env });
  await app.untilStdout(/up/);
  app.kill();
  const said = await app.untilStderr(/ took 8 log records$/m);
  expect(said).toMatch(/^service = declared$/m);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.request).toMatchObject({ url: '/own/logs', headers: { 'x-tenant': 'shop' } });
  expect(seen[0]?.body).toContain('{"key":"service.name","value":{"stringValue":"declared"}}');
  expect(seen[0]?.body).toContain('{"key":"shelf","value":{"intValue":7}}');
});

it('gives way to the variables of the same meaning', async () => {
  const [named, other] = [await startCollector(), await startCollector()];
  const app = startText(STAY, {
    env: {
      ...UNSET,
      OTEL_CONFIG_FILE: writeConfiguration(),
      PORT: String(other.port),
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${named.port}/variable`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=variable',
      OTEL_SERVICE_NAME: 'till',
    },
  });
  await app.untilStdout(/up/);
  app.kill();
  expect(await app.untilStderr(/ took 8 log records$/m)).toMatch(/^service = till$/m);
  expect(other.seen).toEqual([]);
  expect(named.seen[0]?.request).toMatchObject({ url: '/variable', headers: { 'x-tenant': 'variable' } });
});

it('a FIFO in its place holds nothing up: one line, and the report as without it', async () => {
  const fifo = `${makeStateDirectory()}/otel.yaml`;
  execFileSync('mkfifo', [fifo]);
  const app = startText(STAY, { env: { OTEL_CONFIG_FILE: fifo } });
  await app.untilStdout(/up/);
  app.kill();
  await app.untilStderr(/^gmr: ignoring OTEL_CONFIG_FILE=\S+: it is not a file of at most 256 KiB that can be read$/m);
  await app.untilStderr(/not sent, in the text only: OTEL_LOGS_EXPORTER=none$/m);
});

it('gmr replay sends to its address', async () => {
  const refusing = await startCollector(503);
  const env = { ...UNSET, OTEL_CONFIG_FILE: writeConfiguration(), XDG_STATE_HOME: makeStateDirectory() };
  const app = startText(STAY, { env: { ...env, PORT: String(refusing.port) } });
  await app.untilStdout(/up/);
  app.kill();
  await app.untilStderr(/did not take 8 log records/);
  app.kill('SIGKILL');
  await app.ended;
  const { port, seen } = await startCollector();
  const replay = startNode([CLI, 'replay'], { env: { ...env, PORT: String(port) } });
  expect((await replay.ended).code).toBe(0);
  expect(seen[0]?.request).toMatchObject({ url: '/own/logs', headers: { 'x-tenant': 'nobody' } });
});
