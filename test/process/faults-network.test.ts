import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../faults/certificate.js';
import { type Gate, openGate } from '../faults/gate.js';
import {
  BOTH_SIGNALS,
  countDelivered,
  type Entry,
  renderLedger,
  startCollector,
  until,
  untilDelivered,
} from '../faults/ledger.js';
import { HALF, NETWORK_FAULTS, type NetworkFault, SILENT } from '../faults/network.js';
import { openShop, type Shop } from '../faults/shop.js';
import { CLI, killAll, type Program, startNode } from './start.js';

/** Long, for a machine under load. */
vi.setConfig({ testTimeout: 240_000 });

const REPORTS = 3;
const root = mkdtempSync(join(tmpdir(), 'faults-'));
const store = join(root, 'store');
const entries: Entry[] = [];
let collector: Program;
let port: number;

beforeAll(async () => {
  ({ collector, port } = await startCollector(store));
});
afterAll(() => {
  killAll();
  rmSync(root, { recursive: true, force: true });
  console.log(renderLedger(entries));
});

const placeOf = (name: string) => join(root, name.replace(/\W+/g, '-'));

async function replay(spool: string, endpoint: string, env: Record<string, string> = {}, ...flags: string[]) {
  const command = startNode([CLI, 'replay', spool, ...flags], {
    env: { ...BOTH_SIGNALS, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env },
  });
  const { code } = await command.ended;
  expect({ code, stderr: command.stderr() }).toEqual({ code: 0, stderr: '' });
}

/** The expected end: nothing is lost, and the program is not harmed. */
async function settle(name: string, shop: Shop, storedIn: string): Promise<void> {
  const entry = await shop.leave(name, (ids) => countDelivered(ids, storedIn));
  entries.push(entry);
  expect(entry).toMatchObject({ made: REPORTS, delivered: REPORTS, lost: 0, unanswered: 0, end: 'exit code 7' });
}

/** The collector itself is killed while it has half a request, and started again on its port and directory. */
async function killCollector(gate: Gate, shop: Shop, own: { collector: Program; port: number }, storedIn: string) {
  gate.break(HALF);
  await shop.makeReports(REPORTS);
  own.collector.kill('SIGKILL');
  await own.collector.ended;
  await shop.hear(/ did not take /);
  await startCollector(storedIn, own.port);
  gate.mend();
  await untilDelivered(shop.program, storedIn);
}

async function meet({ name, fault, says, by, env = {} }: NetworkFault): Promise<void> {
  const spool = placeOf(name);
  const storedIn = fault === 'killed' ? `${spool}-store` : store;
  const own = fault === 'killed' ? await startCollector(storedIn) : { collector, port };
  const gate = await openGate(own.port);
  const shop = await openShop({
    GMR_SPOOL_DIR: spool,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${gate.port}`,
    // On a busy machine an answer takes longer than a second.
    OTEL_EXPORTER_OTLP_TIMEOUT: says === SILENT ? '1000' : '60000',
    ...env,
  });
  if (fault === 'killed') {
    await killCollector(gate, shop, own, storedIn);
  } else {
    if (fault === 'shut') await gate.shut();
    else gate.break(fault);
    await shop.makeReports(REPORTS);
    await shop.hear(says);
    if (fault === 'shut') await gate.open();
    else if (by !== 'nothing') gate.mend();
    if (by === 'replay --refused') {
      await until(
        () => !readdirSync(spool).some((one) => one.endsWith('.jsonl')),
        () => `all of ${spool} refused`,
      );
      await replay(spool, `http://127.0.0.1:${port}`, {}, '--refused');
    }
    await untilDelivered(shop.program, storedIn);
  }
  await settle(name, shop, storedIn);
  await gate.shut();
}

describe.concurrent('a collector that', () => {
  it.each(NETWORK_FAULTS.map((one) => [one.name, one] as const))(
    '%s: no report is lost, and the process goes on',
    (_, one) => meet(one),
  );

  it('has a name that does not resolve: gmr replay sends the waiting reports to another', async () => {
    const spool = placeOf('name');
    const shop = await openShop({ GMR_SPOOL_DIR: spool, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.invalid:4318' });
    await shop.makeReports(REPORTS);
    await shop.hear(/ did not take .*\((unknown host|host name lookup failed)\): kept in /);
    await shop.end();
    await replay(spool, `http://127.0.0.1:${port}`);
    await settle('name that does not resolve', shop, store);
  });

  it('has a certificate of an unknown authority: that is said, and once it is known all is sent', async () => {
    const spool = placeOf('tls');
    const { key, cert, path } = makeCertificate(root);
    const gate = await openGate(port, { key, cert });
    const endpoint = `https://127.0.0.1:${gate.port}`;
    const shop = await openShop({ GMR_SPOOL_DIR: spool, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    await shop.makeReports(REPORTS);
    await shop.hear(
      /https:\S+ did not take .*\(its certificate is of an authority that is not known here: OTEL_EXPORTER_OTLP_CERTIFICATE can name it\): kept in /,
    );
    await shop.end();
    await replay(spool, endpoint, { OTEL_EXPORTER_OTLP_CERTIFICATE: path });
    await settle('TLS with an unknown authority', shop, store);
    await gate.shut();
  });

  it('speaks no TLS although TLS is expected: a line says so', async () => {
    const spool = placeOf('plain');
    const shop = await openShop({ GMR_SPOOL_DIR: spool, OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${port}` });
    await shop.makeReports(REPORTS);
    await shop.hear(/https:\S+ did not take .*\(no TLS with it: is it http instead of https\?\): kept in /);
    await shop.end();
    await replay(spool, `http://127.0.0.1:${port}`);
    await settle('https to a collector without TLS', shop, store);
  });
});
