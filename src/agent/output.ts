import { join, resolve } from 'node:path';
import { writeRemote } from '../files/helper.js';
import { isLocal } from '../files/local.js';
import { makeDirectory, writeAtomically } from '../files/write.js';
import type { Report } from '../report.js';
import type { Settings } from '../settings.js';
import { kindOfStderr, say, writeStderr } from '../stderr.js';
import { wantsColour } from '../views/colour.js';

/**
 * Prints a report on stderr, or writes it to a file of its own and prints the file's path, as the settings say. The one line
 * of the format `none` goes to stderr in any case.
 */
export async function putOut(
  render: (colour: boolean) => string,
  report: Report,
  settings: Settings,
  cwd: string,
): Promise<void> {
  const print = () => writeStderr(render(wantsColour(settings.color, process.env, kindOfStderr())));
  if (settings.logDir === null || settings.format === 'none') {
    await print();
    return;
  }
  const directory = resolve(cwd, settings.logDir);
  try {
    const path = await writeFile(directory, nameFile(report), render(false));
    say(`gmr ${report.id}: written to ${path}`, 'info');
  } catch (error) {
    const { message } = error as Error;
    say(`gmr ${report.id}: GMR_LOG_DIR ${directory} cannot be written to (${message}); the report follows`);
    await print();
  }
}

/** The name that oslo.reports gives a file, with the pid and a part of the id: two reports may be made in one second. */
function nameFile({ header, timeMs, id, supplement }: Report): string {
  const service = header.service.replace(/[^\w.-]+/g, '_').slice(0, 100) || 'node';
  const time = new Date(timeMs).toISOString().replace(/\D/g, '').slice(0, 14);
  const name = `${service}_gurumeditation_${time}_${process.pid}_${id.slice(0, 8)}`;
  return supplement ? `${name}_supplement_${supplement.number}` : name;
}

/** Milliseconds for writing to a file system that is not local: the whole report is then out within a second. */
const REMOTE_MS = 500;

async function writeFile(directory: string, name: string, text: string): Promise<string> {
  const bytes = Buffer.from(text);
  if (!isLocal(directory)) {
    await writeRemote(directory, name, bytes, REMOTE_MS);
    return join(directory, name);
  }
  makeDirectory(directory);
  return writeAtomically(directory, name, bytes);
}
