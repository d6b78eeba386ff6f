import { fileURLToPath } from 'node:url';
import { type Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, makeStateDirectory, startText } from './start.js';

/** As an operator has it who sets no variable. */
const UNSET = { OTEL_LOGS_EXPORTER: '', OTEL_TRACES_EXPORTER: '' };
const SETUP = `import { setupAutorun } from ${JSON.stringify(INDEX)};`;
const STAY = "setInterval(() => {}, 1000); console.log('up');";
const UNAVAILABLE = 14;
const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;

interface Seen {
  readonly signal: 'logs' | 'traces';
  readonly metadata: Metadata;
  readonly names: readonly string[];
}

interface Collector {
  readonly address: string;
  readonly seen: readonly Seen[];
  /** Codes with which the next requests of a signal are refused. */
  readonly refusals: { readonly [signal in Seen['signal']]: number[] };
  /** How many log records each request is said to have had too many. */
  rejected: number;
}

let servers: Server[] = [];
afterEach(() => {
  killAll();
  for (const server of servers) server.forceShutdown();
  servers = [];
});

const types = protobuf.loadSync(fileURLToPath(new URL('../export/otlp.proto', import.meta.url)));

function readNames(signal: Seen['signal'], body: Buffer): string[] {
  const type = types.lookupType(`otlp.Export${signal === 'logs' ? 'Logs' : 'Trace'}ServiceRequest`);
  const found = JSON.stringify(type.decode(body).toJSON()).matchAll(/"(?:eventName|name)":"([^"]+)"/g);
  return [...found].map(([, name = '']) => name);
}

/** OTLP over gRPC as a collector serves it, of the library that did not write our requests. */
async function startCollector(port = 0): Promise<Collector> {
  const server = new Server();
  servers.push(server);
  const seen: Seen[] = [];
  const collector = { seen, refusals: { logs: [] as number[], traces: [] as number[] }, rejected: 0 };
  for (const signal of ['logs', 'traces'] as const) {
    const service = `opentelemetry.proto.collector.${signal === 'logs' ? 'logs' : 'trace'}.v1.${signal === 'logs' ? 'Logs' : 'Trace'}Service`;
    const same = (bytes: Buffer) => bytes;
    const method = {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    } as const;
    server.addService(
      { Export: method },
      {
        Export({ request, metadata }: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
          const code = collector.refusals[signal].shift();
          if (code !== undefined) return done({ code, details: 'not today' });
          seen.push({ signal, metadata, names: readNames(signal, request) });
          return done(null, signal === 'logs' ? encodeRejected(collector.rejected) : Buffer.alloc(0));
        },
      },
    );
  }
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, got) =>
      error ? reject(error) : resolve(got),
    ),
  );
  return Object.assign(collector, { address: `127.0.0.1:${bound}` });
}

/** An ExportLogsServiceResponse: `partial_success` is field 1, in it the count 1 and the message 2. */
function encodeRejected(count: number): Buffer {
  if (count === 0) return Buffer.alloc(0);
  const message = Buffer.from('too old');
  const partial = Buffer.concat([Buffer.from([0x08, count, 0x12, message.length]), message]);
  return Buffer.concat([Buffer.from([0x0a, partial.length]), partial]);
}

describe('OTLP over gRPC, with the exporters that the program has installed,', () => {
  it('is what OTEL_EXPORTER_OTLP_PROTOCOL=grpc sends, with the headers of the environment', async () => {
    const { address, seen } = await startCollector();
    const app = startText(STAY, {
      env: {
        ...UNSET,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=shop',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
    });
    await app.untilStdout(/up/);
    app.kill();
    const said = await app.untilStderr(/ took 8 log records; .* took 9 spans$/m);
    expect(said).toContain(`: grpc://${address} took 8 log records; grpc://${address} took 9 spans`);
    expect(seen.map(({ signal }) => signal).sort()).toEqual(['logs', 'traces']);
    for (const { metadata } of seen) expect(metadata.get('x-tenant')).toEqual(['shop']);
    expect(seen.find(({ signal }) => signal === 'logs')?.names).toContain('gmr.threads');
    expect(seen.find(({ signal }) => signal === 'traces')?.names).toContain('guru meditation report');
  });

  it('can be for one signal alone, without a scheme, and be set in code with headers that change', async () => {
    const { address, seen } = await startCollector();
    const app = startText(
      `${SETUP} let n = 0; const headers = () => ({ authorization: 'token ' + (n += 1) });
       await setupAutorun({ otlp: { protocol: 'grpc', headers } }).ready; ${STAY}`,
      {
        armed: false,
        env: { ...UNSET, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: address, OTEL_EXPORTER_OTLP_INSECURE: 'true' },
      },
    );
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took 8 log records$/m);
    app.kill();
    await app.untilStderr(/ took 8 log records$/m, 2);
    expect(seen.map(({ metadata }) => metadata.get('authorization')[0])).toEqual(['token 2', 'token 3']);
  });

  it('keeps a report while the collector is unavailable, and moves one aside that it refuses', async () => {
    const { address, seen, refusals } = await startCollector();
    refusals.logs.push(UNAVAILABLE);
    refusals.traces.push(UNIMPLEMENTED);
    const app = startText(STAY, {
      env: { ...UNSET, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}` },
    });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/did not take 8 log records \(UNAVAILABLE: not today\): kept in /);
    await app.untilStderr(/takes no spans \(UNIMPLEMENTED: not today\): none are sent for 60 min/);
    await app.untilStderr(/ took 8 log records at the 2nd try$/m);
    expect(seen).toHaveLength(1);
    refusals.logs.push(INVALID_ARGUMENT);
    app.kill();
    await app.untilStderr(/refused 8 log records \(INVALID_ARGUMENT: not today\): kept aside in /);
  });

  it('says how many records a collector has rejected of those that it took', async () => {
    const collector = await startCollector();
    collector.rejected = 2;
    const app = startText(STAY, {
      env: {
        ...UNSET,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`,
      },
    });
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/ took 6 of 8 log records and rejected 2: too old; grpc:\S+ took 9 spans$/m);
  });

  it('says in one line that the package is not installed, and keeps the report for the day that it is', async () => {
    const state = makeStateDirectory();
    const app = startText(`process.chdir(${JSON.stringify(state)}); ${SETUP} await setupAutorun().ready; ${STAY}`, {
      armed: false,
      env: { ...UNSET, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', XDG_STATE_HOME: state },
    });
    await app.untilStdout(/up/);
    app.kill();
    const said = await app.untilStderr(/^gmr \w{32}: .*did not take.*$/m);
    const packages = ['exporter-logs-otlp-grpc', 'exporter-trace-otlp-grpc'];
    for (const name of packages) expect(said).toMatch(new RegExp(`\\(@opentelemetry/${name} is not installed in /`));
    expect(said).toMatch(
      /^gmr \w{32}: grpc:\/\/localhost:4317 did not take 8 log records .* kept in \S+, tried again in/m,
    );
    expect(said).not.toContain('the agent thread ended');
  });
});
