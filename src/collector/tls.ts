import { X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Server } from 'node:https';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { READ } from './lines.js';

export interface TlsFiles {
  /** PEM: the certificate, and those between it and the one that is trusted. */
  readonly cert: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

/** Far more than any certificate chain has. */
const MAX_BYTES = 2 ** 20;
/** Certificates are renewed days before they end. */
const LOOK_MS = 5000;

/** A certificate and its key, as they were last read from their files. */
export class Tls {
  readonly #files: TlsFiles;
  readonly #servers: Server[] = [];
  #pair: Pair;
  #trouble = '';
  #timer: NodeJS.Timeout | undefined;

  private constructor(files: TlsFiles, pair: Pair) {
    this.#files = files;
    this.#pair = pair;
  }

  /** @throws Error with a sentence: which file, and why it cannot be used */
  static async read(files: TlsFiles): Promise<Tls> {
    return new Tls(files, await readPair(files));
  }

  get options(): { readonly cert: Buffer; readonly key: Buffer } {
    const { cert, key } = this.#pair;
    return { cert, key };
  }

  /** Whether the certificate is for that name or address: a browser has then checked the name itself. */
  isFor(name: string): boolean {
    const { certificate } = this.#pair;
    return (isIP(name) > 0 ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  }

  /**
   * Looks every five seconds whether the files have another pair, and gives it to the server for the connections that come.
   *
   * @param onTrouble called with a sentence if they have one that cannot be used: the pair before stays in use
   */
  renew(server: Server, onTrouble: (sentence: string) => void): void {
    this.#servers.push(server);
    let isLooking = false;
    this.#timer ??= setInterval(async () => {
      // A file system that hangs would take one thread of the pool after another.
      if (isLooking) return;
      isLooking = true;
      const trouble = await this.#look().then(
        () => '',
        (error: Error) => error.message,
      );
      if (trouble !== '' && trouble !== this.#trouble) onTrouble(`${trouble}: the certificate before it stays in use`);
      this.#trouble = trouble;
      isLooking = false;
    }, LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const pair = await readPair(this.#files);
    if (pair.cert.equals(this.#pair.cert) && pair.key.equals(this.#pair.key)) return;
    this.#pair = pair;
    for (const server of this.#servers) server.setSecureContext(this.options);
  }
}

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly certificate: X509Certificate;
}

async function readPair(files: TlsFiles): Promise<Pair> {
  const [cert, key] = await Promise.all([readPem('--tls-cert', files.cert), readPem('--tls-key', files.key)]);
  const certificate = attempt(`--tls-cert ${files.cert}: expected a certificate in PEM`, () => {
    createSecureContext({ cert });
    return new X509Certificate(cert);
  });
  attempt(`--tls-key ${files.key}: expected a private key in PEM, without a passphrase`, () =>
    createSecureContext({ key }),
  );
  attempt(`--tls-key ${files.key} is not the key of --tls-cert ${files.cert}`, () =>
    createSecureContext({ cert, key }),
  );
  return { cert, key, certificate };
}

function attempt<T>(sentence: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${sentence} (${(error as Error).message})`);
  }
}

async function readPem(option: string, path: string): Promise<Buffer> {
  try {
    const file = await open(path, READ);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error('it is not a regular file');
      if (status.size > MAX_BYTES) throw new Error(`it has ${status.size} bytes`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Error(`${option} ${path} cannot be read: ${(error as Error).message}`);
  }
}
