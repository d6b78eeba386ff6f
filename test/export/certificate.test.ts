import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { completeCertificates, readCertificates } from '../../src/export/http/certificates.js';
import { describeError } from '../../src/export/http/failure.js';
import { Spool } from '../../src/export/spool/spool.js';
import { cleanUp, makeReport, startDelivery } from './helpers.js';

const root = mkdtempSync(join(tmpdir(), 'certificate-'));
const servers: Server[] = [];
afterEach(cleanUp);
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true });
});

test.each([
  ['expired', '20200101000000Z', '20210101000000Z', 'its certificate has expired'],
  ['to come', '20400101000000Z', '20410101000000Z', 'its certificate is not valid yet: are the clocks right?'],
])('a certificate that is %s is reported, and log records and trace wait', async (_, from, to, reason) => {
  const { key, cert, ca } = makeCertificate(from, to);
  const server = createServer({ key, cert }).on('tlsClientError', () => {});
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = mkdtempSync(join(root, 'spool-'));
  const environment = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: base,
    OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
  };
  const spool = new Spool({ directory, maxBytes: 2 ** 20, tell: () => {} });
  const delivery = startDelivery(environment, { spool });
  const { sentence: outcome } = await delivery.send(makeReport());
  expect(outcome).toContain(`${base}/v1/logs did not take 2 log records`);
  expect(outcome).toContain(`${base}/v1/traces did not take 2 spans`);
  expect(outcome).toContain(`(${reason}): kept in ${directory}, tried again in `);
  expect(readdirSync(directory).filter((name) => name.endsWith('.jsonl')).length).toBe(2);
  expect(readdirSync(directory)).not.toContain('refused');
});

test.each([
  ['/no/such.pem', 'ENOENT'],
  [tmpdir(), 'it is not a regular file'],
])('a certificate file %s is left out, and it is said why: %s', (path, reason) => {
  const { tls, problems } = readCertificates({ ca: { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path } });
  expect(tls).toEqual({});
  expect(problems).toEqual([`OTEL_EXPORTER_OTLP_CERTIFICATE=${path} cannot be read (${reason}): it is left out`]);
});

test('a certificate file that is not on a local file system is read by another process', async () => {
  const file = { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path: '/proc/version' };
  const { tls, remote, problems } = readCertificates({ ca: file });
  expect({ tls, remote, problems }).toEqual({ tls: {}, remote: { ca: file }, problems: [] });
  expect(await completeCertificates({ tls, remote })).toEqual({ ca: readFileSync('/proc/version') });
  const gone = completeCertificates({
    tls,
    remote: { key: { variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY', path: '/proc/gone' } },
  });
  const error = await gone.catch((reason: unknown) => reason);
  expect(describeError(error)).toEqual({
    reason: 'OTEL_EXPORTER_OTLP_CLIENT_KEY=/proc/gone cannot be read: ENOENT: ENOENT',
    retryable: true,
  });
});

test.each([
  ['CERT_REVOKED', 'its certificate has been revoked'],
  ['CERT_SIGNATURE_FAILURE', 'its certificate is not accepted'],
  ['INVALID_CA', 'its certificate is not accepted'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'it wants another certificate of ours: '],
  ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'our certificate and key cannot be used: '],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'no TLS with it: is it http instead of https?'],
])('%s can be mended: it is tried again', (code, reason) => {
  const failure = describeError(Object.assign(new Error('of OpenSSL'), { code }));
  expect(failure).toMatchObject({ retryable: true });
  expect(failure.reason).toContain(reason);
});

test('a server that refuses our TLS with an alert is not taken for an HTTP server', () => {
  const message =
    'write EPROTO 80:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:ssl/rec.c:1';
  const failure = describeError(Object.assign(new Error(message), { code: 'EPROTO' }));
  expect(failure).toEqual({ reason: 'no TLS with it: sslv3 alert handshake failure', retryable: true });
});

const AUTHORITY = `
[ca]
default_ca = it
[it]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[extensions]
subjectAltName = IP:127.0.0.1
`;

/** Signed by its own key; `ca` is the certificate to trust. */
function makeCertificate(from: string, to: string): { key: Buffer; cert: Buffer; ca: string } {
  const cwd = mkdtempSync(join(root, 'ca-'));
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd, stdio: 'ignore' });
  writeFileSync(join(cwd, 'index.txt'), '');
  writeFileSync(join(cwd, 'serial'), '01\n');
  writeFileSync(join(cwd, 'ca.cnf'), AUTHORITY);
  run(
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    'key.pem',
    '-out',
    'csr.pem',
  );
  const files = ['-in', 'csr.pem', '-keyfile', 'key.pem', '-out', 'cert.pem'];
  run('ca', '-batch', '-selfsign', '-notext', '-config', 'ca.cnf', '-startdate', from, '-enddate', to, ...files);
  const ca = join(cwd, 'cert.pem');
  return { key: readFileSync(join(cwd, 'key.pem')), cert: readFileSync(ca), ca };
}
