import { describe, expect, it } from 'vitest';
import { formatEndpoint } from '../../src/procfs/addresses.js';
import { findSocketLines, parseSocketLine, type SocketKind } from '../../src/procfs/socket-tables.js';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 41 1 000000003b6b94c8 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 08 00000010:00000400 00:00000000 00000000     0        0 42 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C351 06 00000000:00000000 03:00000B3C 00000000     0        0 0 3 0000000000000000
10000: 0A00000A:01BB 08080808:D431 01 00000000:00000000 02:00000B3C 00000000 65534        0 43 2 0000000000000000 20 4 30 10 -1
`;
const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
00000000f96f8a2d: 00000002 00000000 00010000 0001 01 51 /run/my app.sock
000000007d1def90: 00000003 00000000 00000000 0001 03 52
00000000c23cd84b: 00000002 00000000 00000000 0002 01    53 @abstract
`;

function parseAll(kind: SocketKind, text: string, isWanted: (inode: string) => boolean = () => true): unknown[] {
  const sockets: unknown[] = [];
  findSocketLines(kind, text, isWanted, (inode, line) => {
    sockets.push({ inode, ...parseSocketLine(kind, line, true) });
  });
  return sockets;
}

describe('the socket tables', () => {
  it('give each socket that belongs to a process, however long the table', () => {
    expect(parseAll('tcp', TCP)).toEqual([
      { inode: '41', local: '127.0.0.1:8080', state: 'listening', acceptQueue: 3 },
      {
        inode: '42',
        local: '127.0.0.1:8080',
        remote: '127.0.0.1:50000',
        state: 'close wait',
        rxQueueBytes: 1024,
        txQueueBytes: 16,
      },
      { inode: '43', local: '10.0.0.10:443', remote: '8.8.8.8:54321', state: 'established' },
    ]);
  });

  it('give only the wanted sockets', () => {
    expect(parseAll('tcp', TCP, (inode) => inode === '43')).toMatchObject([{ inode: '43' }]);
  });

  it('give unix sockets with the paths they have', () => {
    expect(parseAll('unix', UNIX)).toEqual([
      { inode: '51', local: '/run/my app.sock', state: 'listening' },
      { inode: '52', local: '', state: 'connected' },
      { inode: '53', local: '@abstract', state: 'unconnected' },
    ]);
  });

  it.each(['', '\n', 'no newline', 'header\n\n\n', 'header\n  1: 2 3', 'header\n a b c d e f g h i j k\n'])(
    'give no more than there is in %j',
    (text) => {
      expect(parseAll('tcp', text, (inode) => /^\d+$/.test(inode))).toEqual([]);
    },
  );

  it('name the states of UDP otherwise', () => {
    const line = ' 1: 0100007F:0035 00000000:0000 07 00000000:00000200 00:00000000 00000000 0 0 9 2 0 0';
    expect(parseSocketLine('udp', line, true)).toEqual({ local: '127.0.0.1:53', state: 'open', rxQueueBytes: 512 });
  });
});

describe('formatEndpoint', () => {
  it.each([
    ['0100007F:1F90', '127.0.0.1:8080'],
    ['00000000:0000', '0.0.0.0:0'],
    ['00000000000000000000000000000000:01BB', '[::]:443'],
    ['00000000000000000000000001000000:0050', '[::1]:80'],
    ['0000000000000000FFFF00000100007F:1F90', '127.0.0.1:8080'],
    ['B80D0120000000000000000001000000:FFFF', '[2001:db8::1]:65535'],
    ['B80D0120000001000000000001000000:0001', '[2001:db8:1::1]:1'],
    // RFC 5952: the first of two equal runs, and never a run of one.
    ['B80D0120000000000000010001000000:0001', '[2001:db8::1:0:0:1]:1'],
    ['B80D0120000001000200030004000500:0001', '[2001:db8:1:0:3:2:5:4]:1'],
    ['000080FE00000000FF005450B6AD1DFE:0016', '[fe80::5054:ff:fe1d:adb6]:22'],
  ])('writes %s as %s', (hex, text) => {
    expect(formatEndpoint(hex, true)).toBe(text);
  });

  it('knows the other byte order', () => {
    expect(formatEndpoint('7F000001:1F90', false)).toBe('127.0.0.1:8080');
    expect(formatEndpoint('20010DB8000000000000000000000001:0050', false)).toBe('[2001:db8::1]:80');
  });
});
