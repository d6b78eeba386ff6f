import { expect, test } from 'vitest';
import { readAttributes } from '../../src/main/in-flight/attributes.js';
import { readResource } from '../../src/main/in-flight/resource.js';

test('attributes of a span are plain values, and lists of them', () => {
  expect(readAttributes({ a: 'x', b: 1, c: true, d: ['x', 2, null], e: undefined, f: Number.NaN, g: 12n })).toEqual({
    a: 'x',
    b: 1,
    c: true,
    d: ['x', 2, null],
    e: '[undefined]',
    f: 'NaN',
    g: '12',
  });
});

test('enormous attributes are cut, and a note says so', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`name ${n}`, n]));
  expect(readAttributes(many)).toMatchObject({ 'name 63': 63, '…': '[936 of 1000 cut]' });
  expect(readAttributes({ long: 'x'.repeat(5000) }).long).toMatch(/^x{1000}… \[4000 of 5000 characters cut\]$/);
  expect(readAttributes({ list: Array(5000).fill(1) }).list).toHaveLength(21);
});

test('no code of the application runs to read them', () => {
  const forbidden = () => {
    throw new Error('it ran');
  };
  const traps = { get: forbidden, ownKeys: forbidden, getOwnPropertyDescriptor: forbidden, has: forbidden };
  const list = Object.defineProperty(['x'], 0, { get: forbidden, enumerable: true });
  const attributes = { proxy: new Proxy([], traps), list, object: { toString: forbidden, toJSON: forbidden } };
  Object.defineProperty(attributes, 'getter', { get: forbidden, enumerable: true });
  expect(readAttributes(attributes)).toEqual({
    proxy: '[proxy]',
    list: ['[getter]'],
    object: '[object]',
    getter: '[getter]',
  });
  expect(readAttributes(new Proxy({}, traps))).toEqual({ '…': '[proxy]' });
  expect(readAttributes(null)).toEqual({});
});

test('only the settled attributes of a resource are read, and the first one of a name', () => {
  const raw = [
    ['service.name', 'shop'],
    ['cloud.region', Promise.resolve('north')],
    ['service.name', 'other'],
    ['process.command_args', ['node', 'app.js']],
    ['process.pid', 42],
    ['odd', undefined],
  ];
  expect(readResource({ getRawAttributes: () => raw })).toEqual({
    'service.name': 'shop',
    'process.command_args': ['node', 'app.js'],
    'process.pid': 42,
  });
});

test('the known attributes of a 1.x resource are read without its getter, which warns while others are pending', () => {
  const attributes = { 'service.name': 'shop' };
  expect(readResource({ attributes, asyncAttributesPending: false })).toEqual(attributes);
  const pending = {
    asyncAttributesPending: true,
    _syncAttributes: attributes,
    get attributes(): never {
      throw new Error('complains');
    },
  };
  expect(readResource(pending)).toEqual(attributes);
});

test('a value that is not a resource has no attributes', () => {
  for (const odd of [{}, null, undefined, 7, { getRawAttributes: () => 7 }, { attributes: null }])
    expect(readResource(odd)).toBeUndefined();
});
