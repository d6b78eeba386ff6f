import { expect, test } from 'vitest';
import { createFrameReader } from '../../src/frames/frames.js';
import { collectHandles } from '../../src/sections/handles.js';

test('a server is told by its address: of IPv4, of IPv6, the path of its socket, or the socket that was passed to it', () => {
  const keys = [
    '4:127.0.0.1:3000',
    '6::::3000',
    '-1:/run/app.sock:-1',
    '-1:/run/a:1:-1',
    'null:null:null',
    '-1:null:-1',
  ];
  const servers = keys.map((key) => ({ name: 'Server', key }));
  const handles = { timers: [], servers, isWhole: true };
  const told = collectHandles(handles, createFrameReader(), () => undefined, 0);
  expect(told.servers.map(({ address }) => address)).toEqual([
    '127.0.0.1:3000',
    '[::]:3000',
    '/run/app.sock',
    '/run/a:1',
    'a descriptor that was passed to it',
    'a handle that was passed to it',
  ]);
});
