import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Report } from '../report.js';
import type { Settings } from '../settings.js';
import { say, writeStderr } from '../stderr.js';

/** Puts a rendered report where the settings want it: on stderr, or in a file of its own, and then says where. */
export async function putOut(text: string, report: Report, settings: Settings, cwd: string): Promise<void> {
  if (settings.logDir === null) {
    await writeStderr(text);
    return;
  }
  const directory = resolve(cwd, settings.logDir);
  try {
    const path = await writeFile(directory, nameFile(report), text);
    say(`gmr ${report.id}: written to ${path}`);
  } catch (error) {
    const { code = 'failed', message } = error as NodeJS.ErrnoException;
    say(`gmr ${report.id}: GMR_LOG_DIR ${directory} cannot be written to (${code}: ${message}); the report follows`);
    await writeStderr(text);
  }
}

/** As oslo.reports names them, with what keeps two processes and two reports of one second apart. */
function nameFile({ header, timeMs, id, supplement }: Report): string {
  const service = header.service.replace(/[^\w.-]+/g, '_').slice(0, 100) || 'node';
  const time = new Date(timeMs).toISOString().replace(/\D/g, '').slice(0, 14);
  const name = `${service}_gurumeditation_${time}_${process.pid}_${id.slice(0, 8)}`;
  return supplement ? `${name}_supplement_${supplement.number}` : name;
}

/** Whoever reads the directory sees whole files only. */
async function writeFile(directory: string, name: string, text: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, name);
  const partial = join(directory, `.${name}.${randomBytes(4).toString('hex')}`);
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return path;
}
