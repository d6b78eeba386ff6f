import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatCommand, MAX_COMMAND_LENGTH } from '../../src/procfs/command.js';
import { listChildren, parseIds, readProcess, scanChildren } from '../../src/procfs/process.js';
import { parsePasswd, readUserNames } from '../../src/procfs/users.js';
import { asNobody, makeTree, statLine } from './helpers.js';

/** Above any pid that Linux gives out. */
const NOBODY = 5_000_000;

describe('readProcess', () => {
  it('reads the facts of a process', () => {
    const root = makeTree({
      '12/stat': statLine(12, 'postgres', 'S', 3),
      '12/status': 'Name:\tpostgres\nUid:\t1000\t1001\t1002\t1003\nGid:\t100\t101\t102\t103\n',
      '12/cmdline': 'postgres\0-D\0/var/lib/my data\0',
    });
    expect(readProcess(12, root)).toEqual({
      state: 'sleeping',
      parentPid: 3,
      uids: { real: 1000, effective: 1001, saved: 1002 },
      gids: { real: 100, effective: 101, saved: 102 },
      command: "postgres -D '/var/lib/my data'",
    });
  });

  it('that is not there is gone', () => {
    expect(readProcess(NOBODY, makeTree({}))).toEqual({ state: 'gone', command: '' });
  });

  it('that may not be read is denied', () => {
    const root = makeTree({ [`${NOBODY}/stat`]: statLine(NOBODY, 'secret', 'S', 1) });
    chmodSync(join(root, `${NOBODY}/stat`), 0);
    expect(asNobody(() => readProcess(NOBODY, root))).toEqual({ state: 'denied', command: '' });
  });

  it('that lives and is hidden is denied too', () => {
    expect(readProcess(process.pid, makeTree({}))).toEqual({ state: 'denied', command: '' });
  });

  it('leaves the memory of a process in disk sleep alone', () => {
    const root = makeTree({ [`${NOBODY}/stat`]: statLine(NOBODY, 'tar', 'D', 1), [`${NOBODY}/cmdline`]: 'tar\0c\0' });
    expect(readProcess(NOBODY, root)).toEqual({ state: 'disk sleep', parentPid: 1, command: '[tar]' });
  });
});

describe('the children of a process', () => {
  it('are those of all its threads', () => {
    const root = makeTree({ '9/task/9/children': '30 11 ', '9/task/10/children': '', '9/task/12/children': '25 ' });
    expect(listChildren(9, root)).toEqual([11, 25, 30]);
  });

  it('are unknown if the kernel keeps no lists', () => {
    expect(listChildren(9, makeTree({ '9/task/9/stat': '' }))).toBeUndefined();
  });

  it('are found by a scan as well, whatever the names', () => {
    const root = makeTree({
      '1/stat': statLine(1, 'init', 'S', 0),
      '20/stat': statLine(20, 'b) S 99 (', 'S', 1),
      '3/stat': statLine(3, 'a\nb', 'Z', 1),
      '7/comm': 'has no stat any more',
      'self/stat': statLine(1, 'x', 'S', 0),
    });
    expect(scanChildren(root)?.get(1)).toEqual([3, 20]);
    expect(scanChildren(join(root, 'none'))).toBeUndefined();
  });
});

describe('formatCommand', () => {
  it.each([
    ['node\0server.js\0', 'node server.js'],
    ['sh\0-c\0echo "a b"\0', `sh -c 'echo "a b"'`],
    ["sh\0-c\0echo 'a b'\0", `sh -c 'echo '\\''a b'\\'''`],
    ['grep\0\0file\0', "grep '' file"],
    ['sh\0-c\0\0', "sh -c ''"],
    ['nginx: worker process\0\0\0\0\0', 'nginx: worker process'],
    ['no end', 'no end'],
    ['', '[zombie]'],
    ['\0', '[zombie]'],
  ])('writes %j as %s', (cmdline, command) => {
    expect(formatCommand(cmdline, 'zombie')).toBe(command);
  });

  it('cuts a long command line', () => {
    const command = formatCommand(`node\0${'x'.repeat(100_000)}\0`, 'node');
    expect(command).toHaveLength(MAX_COMMAND_LENGTH);
    expect(command.endsWith('x…')).toBe(true);
  });
});

describe('users and ids', () => {
  it('are named by the first line that has them', () => {
    const names = parsePasswd(
      '# comment\nroot:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\n+::::::\nbad:x:abc\nstack:x:1001:1::/:\n',
    );
    expect([...names]).toEqual([
      [0, 'root'],
      [1001, 'stack'],
    ]);
  });

  it('stay numbers without a name, and without a file', () => {
    expect(readUserNames(join(makeTree({}), 'passwd'))(1234)).toBe('1234');
  });

  it('are left out if a kernel does not give them', () => {
    expect(parseIds('Name:\tx\n')).toEqual({});
  });
});
