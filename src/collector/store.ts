import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readRecords, type Signal } from './otlp.js';
import { addRecord, type StoredReport } from './reports.js';

/** A file of this size is put aside under a name with its time, and the next one begun. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface Store {
  /** One request as one line of OTLP JSON Lines. Rejects when it cannot be written. */
  append(signal: Signal, request: unknown): Promise<void>;
}

/** `guru-meditation/collector` in the state directory of the user, else of the system's temporary files. */
export function defaultDirectory(environment: { readonly [name: string]: string | undefined } = process.env): string {
  const { XDG_STATE_HOME: state } = environment;
  const home = environment.HOME ?? homedir();
  const base = state || (home ? join(home, '.local', 'state') : tmpdir());
  return join(base, 'guru-meditation', 'collector');
}

/** Opens a directory, made where it is missing, for this user alone. @throws the system's error when it cannot be. */
export async function openStore(directory: string): Promise<Store> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let last: Promise<void> = Promise.resolve();
  return {
    append(signal, request) {
      const line = `${JSON.stringify(request)}\n`;
      const written = last.then(() => appendLine(directory, signal, line));
      last = written.catch(() => {});
      return written;
    },
  };
}

/** The reports of a directory that `openStore` wrote, oldest first; a line that cannot be read is passed by. */
export async function readReports(directory: string): Promise<StoredReport[]> {
  const reports = new Map<string, StoredReport>();
  const names = (await readdir(directory)).filter((name) => /^logs.*\.jsonl$/.test(name)).sort();
  for (const name of names) {
    const lines = createInterface({ input: createReadStream(join(directory, name)), crlfDelay: Infinity });
    for await (const line of lines) {
      try {
        for (const record of readRecords(JSON.parse(line))) addRecord(reports, record);
      } catch {
        // Cut off by the end of a disk or of a process; the others stand.
      }
    }
  }
  return [...reports.values()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

async function appendLine(directory: string, signal: Signal, line: string): Promise<void> {
  const path = join(directory, `${signal}.jsonl`);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_FILE_BYTES) {
    const time = new Date().toISOString().replace(/\D/g, '');
    await rename(path, join(directory, `${signal}-${time}.jsonl`));
  }
  await appendFile(path, line, { mode: 0o600 });
}
