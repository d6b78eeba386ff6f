import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from '../../test/faults/certificate.js';
import { openGate } from '../../test/faults/gate.js';
import { mountFreezingDisk, mountFullDisk } from '../../test/places/disk.js';
import { mountFiles } from '../../test/places/file-system.js';
import { type Ill, type Setup, type Surroundings, writeText } from './ill.js';

const FUSE = ['root', '/dev/fuse'] as const;
/** Longer than all that the agent waits for a file system. */
const LATE_MS = 5000;

/** A file system that stops to answer once the program runs. */
function hung(name: string, env: (root: string) => Record<string, string>, more: Partial<Setup> = {}): Ill {
  return {
    name,
    needs: FUSE,
    async prepare({ directory }) {
      const { root, hang, unmount } = await mountFiles(directory, {});
      return { env: env(root), strike: hang, undo: unmount, ...more };
    },
  };
}

/** Main calls a disk that does not answer, and waits for it in state D. */
function waitForDisk(later: string, disk: { hang(): void; answer(): void; unmount(): void }): Setup {
  return {
    later,
    strike(program) {
      disk.hang();
      program.child.stdin?.write('later');
    },
    says: /^main = in native code/m,
    end: 'SIGKILL',
    beforeEnd: disk.answer,
    undo: disk.unmount,
  };
}

const logs = (root: string) => ({ GMR_LOG_DIR: join(root, 'logs') });

async function serveTls(place: Surroundings, late: boolean): Promise<Setup> {
  const { key, cert } = makeCertificate(place.directory);
  const gate = await openGate(place.sink.port, { key, cert });
  const files = await mountFiles(place.directory, { 'ca.pem': cert.toString() });
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${gate.port}`,
      OTEL_EXPORTER_OTLP_CERTIFICATE: join(files.root, 'ca.pem'),
    },
    strike() {
      files.hang();
      if (late) setTimeout(files.answer, LATE_MS);
    },
    delivery: late ? 'taken' : 'kept',
    async undo() {
      files.unmount();
      await gate.shut();
    },
  };
}

/** A program in a directory of its own, on a file system that hangs once it runs. */
async function hangProgram({ directory }: Surroundings): Promise<Setup> {
  const files = { 'app.mjs': writeText({}), 'package.json': '{"name":"afar","version":"1.0.0"}' };
  const { root, hang, unmount } = await mountFiles(directory, files);
  return { file: join(root, 'app.mjs'), strike: hang, undo: unmount };
}

function unmakeable(variable: string, path: string): Ill {
  return { name: `${variable}=${path}`, prepare: () => ({ env: { XDG_STATE_HOME: '', [variable]: path } }) };
}

function makeFifo(directory: string): string {
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

export const FILES: readonly Ill[] = [
  hung('spool hangs', (root) => ({ GMR_SPOOL_DIR: join(root, 'spool') })),
  hung('HOME hangs', (root) => ({ HOME: root, XDG_STATE_HOME: '' })),
  {
    name: 'HOME and TMPDIR hang, from the start',
    needs: FUSE,
    async prepare({ directory }) {
      const { root, hang, unmount } = await mountFiles(directory, {});
      hang();
      return { env: { HOME: root, XDG_STATE_HOME: '', TMPDIR: root }, undo: unmount };
    },
  },
  hung('log directory hangs', logs),
  {
    name: 'log directory answers after 5 s',
    needs: FUSE,
    async prepare({ directory }) {
      const { root, hang, answer, unmount } = await mountFiles(directory, {});
      const strike = () => {
        hang();
        setTimeout(answer, LATE_MS);
      };
      return { env: logs(root), strike, undo: unmount };
    },
  },
  hung('file trigger hangs', (root) => ({
    GMR_FILE_TRIGGER: join(root, 'trigger'),
    GMR_FILE_TRIGGER_INTERVAL_MS: '20',
  })),
  {
    name: 'working directory hangs',
    needs: FUSE,
    async prepare({ directory }) {
      const { root, hang, unmount } = await mountFiles(directory, {});
      return { begin: `process.chdir(${JSON.stringify(root)});`, strike: hang, undo: unmount };
    },
  },
  { name: "the program's own directory hangs (package.json, sources, maps)", needs: FUSE, prepare: hangProgram },
  { name: 'certificate hangs', needs: FUSE, prepare: (place) => serveTls(place, false) },
  { name: 'certificate comes after 5 s', needs: FUSE, prepare: (place) => serveTls(place, true) },
  {
    name: 'certificate is a FIFO',
    async prepare(place) {
      const { key, cert } = makeCertificate(place.directory);
      const gate = await openGate(place.sink.port, { key, cert });
      return {
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${gate.port}`,
          OTEL_EXPORTER_OTLP_CERTIFICATE: makeFifo(place.directory),
        },
        delivery: 'kept',
        undo: () => gate.shut(),
      };
    },
  },
  {
    name: 'file trigger and package.json are FIFOs',
    prepare({ directory }) {
      execFileSync('mkfifo', [join(directory, 'package.json')]);
      const file = join(directory, 'app.mjs');
      writeFileSync(file, writeText({}));
      return { file, env: { GMR_FILE_TRIGGER: makeFifo(directory), GMR_FILE_TRIGGER_INTERVAL_MS: '20' } };
    },
  },
  {
    name: 'main waits for a hung file, in state D',
    needs: FUSE,
    async prepare({ directory }) {
      const { root, hang, answer, unmount } = await mountFiles(directory, { data: 'x' });
      const later = `fs.readFileSync(${JSON.stringify(join(root, 'data'))})`;
      return waitForDisk(later, { hang, answer, unmount });
    },
  },
  {
    name: 'local disk hangs, main waits for it in state D, and the spool is on it',
    needs: ['root', 'a loop device'],
    prepare({ directory }) {
      const { root, freeze: hang, thaw: answer, unmount } = mountFreezingDisk(directory);
      const later = `fs.writeFileSync(${JSON.stringify(join(root, 'data'))}, 'x')`;
      return { ...waitForDisk(later, { hang, answer, unmount }), env: { GMR_SPOOL_DIR: join(root, 'spool') } };
    },
  },
  unmakeable('GMR_SPOOL_DIR', '/proc/x'),
  unmakeable('GMR_SPOOL_DIR', '/dev/fd/x'),
  unmakeable('GMR_SPOOL_DIR', '/etc/hosts/x'),
  unmakeable('GMR_LOG_DIR', '/proc/x'),
  unmakeable('GMR_LOG_DIR', '/dev/fd/x'),
  unmakeable('HOME', '/proc'),
  unmakeable('TMPDIR', '/proc/x'),
  {
    name: 'disk full',
    needs: ['root'],
    prepare({ directory }) {
      const { root, unmount } = mountFullDisk(directory);
      return { env: { GMR_SPOOL_DIR: join(root, 'spool') }, says: /sent from memory/, undo: unmount };
    },
  },
];
