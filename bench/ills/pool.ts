import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { makeCertificate } from '../../test/faults/certificate.js';
import { openGate } from '../../test/faults/gate.js';
import { type NameServer, startNameServer, startWithNames } from '../../test/faults/names.js';
import { type Ill, type Setup, type Surroundings, strikeLater } from './ill.js';

/** Code that opens a FIFO, which nobody opens for writing, so many times: each takes a thread of the pool for good. */
function fillPool(directory: string, count: number): string {
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  return `for (let n = 0; n < ${count}; n += 1) fs.open(${JSON.stringify(fifo)}, () => {})`;
}

/** `process.exit` waits for the pool, also without the package: such a program ends by a signal. */
function fromTheStart(place: Surroundings, count: number): Setup {
  return { begin: fillPool(place.directory, count), settleMs: 0, end: 'SIGTERM' };
}

const SERVER = '127.0.77.9';
const HOSTS = '127.0.0.1 localhost\n';

/** With these files in place of the system's. */
function withNames(place: Surroundings, hosts: string, resolv: string, name: string): Partial<Setup> {
  return {
    start: (args, options) => startWithNames(place.directory, { hosts, resolv }, args, options),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${name}:${place.sink.port}` },
  };
}

async function withServer(server: NameServer, setup: Partial<Setup>): Promise<Partial<Setup>> {
  return { ...setup, undo: () => server.close() };
}

export const POOL: readonly Ill[] = [
  { name: 'pool full, 4 operations, before the agent is ready', prepare: (place) => fromTheStart(place, 4) },
  { name: 'pool full, 8 operations, before the agent is ready', prepare: (place) => fromTheStart(place, 8) },
  {
    name: 'pool full, 4 operations, later',
    prepare: ({ directory }) => ({ later: fillPool(directory, 4), strike: strikeLater, end: 'SIGTERM' }),
  },
  {
    name: 'pool full, UV_THREADPOOL_SIZE=1',
    prepare: (place) => ({ ...fromTheStart(place, 1), env: { UV_THREADPOOL_SIZE: '1' } }),
  },
  {
    name: 'pool full, endpoint localhost',
    prepare: (place) => ({
      ...fromTheStart(place, 4),
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${place.sink.port}` },
    }),
  },
  {
    name: 'pool full, endpoint a name of /etc/hosts',
    needs: ['root', 'a mount namespace'],
    prepare: (place) => ({
      ...fromTheStart(place, 4),
      ...withNames(place, `${HOSTS}127.0.0.1 collector.example\n`, 'nameserver 127.0.77.1\n', 'collector.example'),
    }),
  },
  {
    name: 'pool full, endpoint a name of a DNS server',
    needs: ['root', 'a mount namespace'],
    async prepare(place) {
      const server = await startNameServer(SERVER, { 'collector.example': '127.0.0.1' });
      const names = withNames(place, HOSTS, `nameserver ${SERVER}\n`, 'collector.example');
      return { ...fromTheStart(place, 4), ...(await withServer(server, names)) };
    },
  },
  {
    name: 'pool full, gzip',
    prepare: (place) => ({ ...fromTheStart(place, 4), env: { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' } }),
  },
  {
    name: 'pool full, TLS with a certificate file',
    async prepare(place) {
      const { key, cert, path } = makeCertificate(place.directory);
      const gate = await openGate(place.sink.port, { key, cert });
      return {
        ...fromTheStart(place, 4),
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${gate.port}`,
          OTEL_EXPORTER_OTLP_CERTIFICATE: path,
        },
        undo: () => gate.shut(),
      };
    },
  },
  {
    name: 'silent resolver; the program looks up a name of /etc/hosts meanwhile',
    needs: ['root', 'a mount namespace'],
    async prepare(place) {
      const server = await startNameServer(SERVER, {});
      server.fallSilent();
      const resolv = `nameserver ${SERVER}\noptions timeout:30 attempts:5\n`;
      const names = withNames(place, `${HOSTS}127.0.0.9 known.example\n`, resolv, 'collector.example');
      return {
        ...(await withServer(server, names)),
        env: { ...names.env, UV_THREADPOOL_SIZE: '1' },
        begin: `import { lookup } from 'node:dns';
          setInterval(() => lookup('known.example', (_, address) => console.log('found ' + address)), 100);`,
        says: /found 127\.0\.0\.9/,
        delivery: 'kept',
      };
    },
  },
];
