import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { descriptorKind, parseLimit, readDescriptors, readLinks } from '../../src/procfs/descriptors.js';
import { makeDirectory } from './helpers.js';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max stack size            8388608              unlimited            bytes     
Max open files            1024                 524288               files     
Max locked memory         unlimited            unlimited            bytes     
`;

describe.runIf(process.platform === 'linux')('the descriptors of this process', () => {
  it('are counted by the kind of file that they are open on', () => {
    const before = readDescriptors();
    const fds = [openSync('/proc/self/exe', 'r'), openSync('/dev/null', 'r')];
    const after = readDescriptors();
    for (const fd of fds) closeSync(fd);
    expect(after?.open).toBe((before?.open ?? 0) + 2);
    expect(after?.byKind.file).toBe((before?.byKind.file ?? 0) + 1);
    expect(after?.byKind.device).toBe((before?.byKind.device ?? 0) + 1);
    expect(after?.byKind.epoll).toBeGreaterThan(0);
    expect(Object.values(after?.byKind ?? {}).reduce((sum, count) => sum + count)).toBe(after?.open);
  });

  it('do not count the one that the listing itself had open', () => {
    expect(readLinks()?.links.filter(({ target }) => /^\/proc\/\d+\/fd$/.test(target))).toEqual([]);
  });
});

describe('captured descriptors', () => {
  it.each([
    ['socket:[123]', 'socket'],
    ['pipe:[123]', 'pipe'],
    ['anon_inode:[eventfd]', 'eventfd'],
    ['anon_inode:[eventpoll]', 'epoll'],
    ['anon_inode:[io_uring]', 'io_uring'],
    ['anon_inode:inotify', 'inotify'],
    ['anon_inode:[timerfd]', 'timerfd'],
    ['anon_inode:bpf-map', 'bpf-map'],
    ['/dev/pts/0', 'terminal'],
    ['/dev/null', 'device'],
    ['/dev/shm/cache', 'file'],
    ['/memfd:v8 (deleted)', 'memfd'],
    ['/var/log/app.log (deleted)', 'file'],
    ['mnt:[4026531840]', 'other'],
  ])('%s is a %s', (target, kind) => {
    expect(descriptorKind(target)).toBe(kind);
  });

  it('have limits, if they are not unlimited', () => {
    expect(parseLimit(LIMITS, 'Max open files')).toEqual({ limit: 1024, hardLimit: 524_288 });
    expect(parseLimit(LIMITS, 'Max stack size')).toEqual({ limit: 8_388_608 });
    expect(parseLimit(LIMITS, 'Max locked memory')).toEqual({});
    expect(parseLimit('', 'Max open files')).toEqual({});
  });

  it('say so if not all were looked at', () => {
    const links = { open: 9, links: [{ fd: 0, target: '/dev/null' }] };
    expect(readDescriptors(makeDirectory(), links)).toEqual({
      open: 9,
      byKind: { device: 1 },
      note: 'only 1 of 9 were looked at',
    });
  });

  it('are unknown without /proc', () => {
    expect(readDescriptors(makeDirectory())).toBeUndefined();
  });
});
