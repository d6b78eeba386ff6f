import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRemote, writeRemote } from '../../src/files/helper.js';
import { findPlace, isLocal } from '../../src/files/local.js';
import { findMount, parseMounts } from '../../src/files/mounts.js';
import { readFileBounded, readTextBounded } from '../../src/files/read.js';
import { makeDirectory, writeAtomically } from '../../src/files/write.js';

const directory = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);

describe('the table of mounts', () => {
  const mounts = parseMounts(
    [
      '27 1 254:0 / / rw - ext4 /dev/vda rw',
      '30 27 0:40 / /home rw shared:1 master:2 - nfs4 server:/home rw',
      '31 30 0:41 / /home/my\\040disk rw - tmpfs tmpfs rw',
      '32 27 0:42 / /mnt rw - ext4 /dev/vdb rw',
      '33 32 0:43 / /mnt rw - fuse.sshfs host: rw',
    ].join('\n'),
  );

  it('has a mount point and a type a line, with optional fields and escapes', () => {
    expect(mounts.get('/home')).toBe('nfs4');
    expect(mounts.get('/home/my disk')).toBe('tmpfs');
  });

  it('gives a path to the longest mount point above it, and to the last one that was mounted there', () => {
    expect(findMount('/', mounts)).toBe('ext4');
    expect(findMount('/homework', mounts)).toBe('ext4');
    expect(findMount('/home', mounts)).toBe('nfs4');
    expect(findMount('/home/me', mounts)).toBe('nfs4');
    expect(findMount('/home/my disk/a', mounts)).toBe('tmpfs');
    expect(findMount('/mnt/a', mounts)).toBe('fuse.sshfs');
  });
});

describe.skipIf(process.platform !== 'linux')('a path', () => {
  it('is local if its file system is, whether it exists or not', () => {
    expect(findPlace(at('a/b/../c'))).toEqual({ isLocal: true, path: at('a/c') });
  });

  it('is not local beneath /proc, also by way of a symbolic link', () => {
    symlinkSync('/proc/self', at('link'));
    symlinkSync('link', at('second'));
    for (const path of ['/proc/nowhere', '/dev/fd/x', at('link/x'), at('second/fd/0')]) {
      expect(isLocal(path), path).toBe(false);
    }
  });

  it('that leads in a circle is not local', () => {
    symlinkSync(at('circle'), at('circle'));
    expect(findPlace(at('circle'))).toEqual({ isLocal: false, reason: 'it has too many symbolic links' });
  });
});

describe('reading a file', () => {
  it('gives a regular file within its bound, and its text', () => {
    writeFileSync(at('text'), 'grüße');
    expect(readTextBounded(at('text'), 100)).toBe('grüße');
    expect(readFileBounded(at('text'), 7)?.bytes).toEqual(Buffer.from('grüße'));
    expect(readFileBounded(at('text'), 6)).toBeUndefined();
  });

  it('waits for no writer of a FIFO, and takes no directory, device or absent file', () => {
    execFileSync('mkfifo', [at('fifo')]);
    for (const path of [at('fifo'), directory, '/dev/zero', at('absent')]) {
      expect(readFileBounded(path, 100), path).toBeUndefined();
    }
  });
});

describe('writing a file', () => {
  it('makes the directories above it, readable by the user only', () => {
    makeDirectory(at('one/two/three'));
    expect(statSync(at('one/two/three')).mode & 0o777).toBe(0o700);
    makeDirectory(at('one/two/three'));
  });

  it('ends with an error if no directory can be made', () => {
    writeFileSync(at('plain'), '');
    expect(() => makeDirectory(at('plain/below/it'))).toThrow('ENOTDIR');
    for (const path of ['/proc/x', '/proc/self/x', '/dev/fd/x']) expect(() => makeDirectory(path)).toThrow('EREMOTE');
  });

  it('leaves the whole file, mode 0600, and nothing beside it', () => {
    makeDirectory(at('out'));
    const path = writeAtomically(at('out'), 'report', Buffer.from('whole'));
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => writeAtomically(at('out'), `${'n'.repeat(300)}`, Buffer.from(''))).toThrow('ENAMETOOLONG');
    expect(readdirSync(at('out'))).toEqual(['report']);
  });
});

describe('a helper process', () => {
  it('reads and writes as this process would', async () => {
    await writeRemote(at('far/away'), 'report', Buffer.from('over there'), 30_000);
    expect((await readRemote(at('far/away/report'), 100, 30_000)).toString()).toBe('over there');
    expect(statSync(at('far/away/report')).mode & 0o777).toBe(0o600);
  });

  it('writes into a directory that others make at the same time', async () => {
    for (const round of ['r1', 'r2', 'r3', 'r4']) {
      const names = ['one', 'two', 'three', 'four', 'five', 'six'];
      const directory = at([round, ...Array.from({ length: 50 }, (_, n) => `${n}`)].join('/'));
      await Promise.all(names.map((name) => writeRemote(directory, name, Buffer.from(name), 30_000)));
      expect(readdirSync(directory).sort()).toEqual(names.sort());
    }
  });

  it('gives the code of the error', async () => {
    await expect(readRemote(at('absent'), 100, 30_000)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readRemote(at('far/away/report'), 2, 30_000)).rejects.toMatchObject({ code: 'EFBIG' });
  });

  it('that does not end in time is given up', async () => {
    await expect(readRemote(at('far/away/report'), 100, 1)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(existsSync(at('far/away/report'))).toBe(true);
  });
});
