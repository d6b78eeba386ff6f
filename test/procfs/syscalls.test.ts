import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { syscallName } from '../../src/procfs/syscalls.js';
import { parseSyscall } from '../../src/procfs/thread.js';

describe('syscallName', () => {
  it.each([
    ['x64', 0, 'read'],
    ['x64', 61, 'wait4'],
    ['x64', 202, 'futex'],
    ['x64', 232, 'epoll_wait'],
    ['x64', 257, 'openat'],
    ['x64', 281, 'epoll_pwait'],
    ['x64', 334, 'rseq'],
    ['x64', 441, 'epoll_pwait2'],
    ['arm64', 22, 'epoll_pwait'],
    ['arm64', 42, 'nfsservctl'],
    ['arm64', 63, 'read'],
    ['arm64', 98, 'futex'],
    ['arm64', 222, 'mmap'],
    ['arm64', 260, 'wait4'],
    ['arm64', 291, 'statx'],
    ['arm64', 294, 'kexec_file_load'],
    ['arm64', 426, 'io_uring_enter'],
    ['riscv64', 63, 'read'],
  ])('on %s, %i is %s', (architecture, number, name) => {
    expect(syscallName(number, architecture)).toBe(name);
  });

  it('gives the number if it has no name', () => {
    expect(syscallName(350, 'x64')).toBe('syscall 350');
    expect(syscallName(250, 'arm64')).toBe('syscall 250');
    expect(syscallName(9999, 'x64')).toBe('syscall 9999');
    expect(syscallName(3, 's390x')).toBe('syscall 3');
  });
});

describe('parseSyscall', () => {
  it('reads the number before the arguments', () => {
    expect(parseSyscall('202 0x121e5b34 0x189 0x0 0x0 0x0 0xffffffff 0x7f 0x7f\n', 'x64')).toBe('futex');
  });

  it.each(['running\n', '-1 0x7ffd 0x7f00\n', '', undefined])('finds none in %j', (text) => {
    expect(parseSyscall(text, 'x64')).toBeUndefined();
  });

  it.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))(
    'agrees with this kernel: who reads the file is in read()',
    () => {
      expect(parseSyscall(readFileSync('/proc/thread-self/syscall', 'utf8'))).toBe('read');
    },
  );
});
