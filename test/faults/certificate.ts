import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeeds } from './commands.js';

/** For `localhost`, 127.0.0.1 and these names, signed by its own key. Needs openssl. */
export function makeCertificate(
  directory: string,
  names: readonly string[] = [],
): { key: Buffer; cert: Buffer; path: string } {
  const place = mkdtempSync(join(directory, 'certificate-'));
  const [key, path] = [join(place, 'key.pem'), join(place, 'cert.pem')];
  const alternatives = ['IP:127.0.0.1', ...['localhost', ...names].map((name) => `DNS:${name}`)].join();
  const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${alternatives}`];
  const files = ['-keyout', key, '-out', path];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(path), path };
}

export const hasOpenssl = succeeds('openssl', ['version']);
