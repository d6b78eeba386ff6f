import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeeds } from './commands.js';

/** For `localhost` and 127.0.0.1, signed by its own key. Needs openssl. */
export function makeCertificate(directory: string): { key: Buffer; cert: Buffer; path: string } {
  const place = mkdtempSync(join(directory, 'certificate-'));
  const [key, path] = [join(place, 'key.pem'), join(place, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', path];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(path), path };
}

export const hasOpenssl = succeeds('openssl', ['version']);
