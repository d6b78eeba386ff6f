import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killAll, type Program, startApp } from '../process/start.js';
import { DEPLOY, type Stack, startStack } from './stack.js';

const directory = mkdtempSync(join(tmpdir(), 'secure-'));
const inDirectory = (name: string) => join(directory, name);
let stack: Stack;
let token: string;

beforeAll(async () => {
  execFileSync(`${DEPLOY}secure/certificates.sh`, [directory]);
  token = readFileSync(inDirectory('tokens'), 'utf8').trim();
  stack = await startStack({
    only: ['collector'],
    secure: {
      COLLECTOR_TOKENS_FILE: inDirectory('tokens'),
      COLLECTOR_CERTIFICATE: inDirectory('collector.pem'),
      COLLECTOR_KEY: inDirectory('collector.key'),
    },
  });
});
afterEach(killAll);
afterAll(async () => {
  await stack?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a collector with TLS and a bearer token', () => {
  it('takes reports of who has the token', async () => {
    const app = await kill({ ...trusted(), OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}` });
    await app.untilStderr(/^gmr [0-9a-f]{32}: https:\S+ took \d+ log records/m);
  });

  it('refuses a wrong token, and the process says so', async () => {
    const app = await kill({ ...trusted(), OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20wrong' });
    const stderr = await app.untilStderr(/^gmr [0-9a-f]{32}: https:\S+ refused \d+ log records .*401/m);
    expect(stderr).not.toMatch(/ took /);
  });

  it('refuses who has none', async () => {
    const app = await kill(trusted());
    await app.untilStderr(/^gmr [0-9a-f]{32}: https:\S+ refused \d+ log records .*401/m);
  });

  it('is not believed where its certificate is unknown, and no token leaves the process', async () => {
    const app = await kill({ OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}` });
    const stderr = await app.untilStderr(
      /^gmr [0-9a-f]{32}: https:\S+ (refused|did not take) \d+ log records .*certificate.*: kept /m,
    );
    expect(stderr).not.toMatch(/ took \d+ log records/);
    expect(stderr).not.toContain(token);
  });
});

function trusted() {
  return { OTEL_EXPORTER_OTLP_CERTIFICATE: inDirectory('ca.pem') };
}

async function kill(env: Record<string, string>): Promise<Program> {
  const app = startApp('idle', {
    env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpUrl, ...env },
  });
  await app.untilStdout(/./);
  app.kill();
  return app;
}
