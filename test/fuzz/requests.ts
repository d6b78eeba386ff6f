import { deflateSync, gzipSync } from 'node:zlib';
import type { Random } from './random.js';

/** The bytes that are written to a connection. */
export interface RawRequest {
  readonly bytes: Buffer;
  /** The rest never comes: the connection is left open for a while. */
  readonly half: boolean;
}

const NAMES = [
  'gmr.report.id',
  'gmr.section.index',
  'gmr.section.count',
  'gmr.section.part',
  'gmr.section.parts',
  'gmr.section.name',
];
const MORE_NAMES = [
  'gmr.section.title',
  'gmr.section.status',
  'gmr.main.state',
  'log.record.uid',
  'service.name',
  'process.pid',
  '__proto__',
];
const VALUES = [
  'stringValue',
  'intValue',
  'boolValue',
  'doubleValue',
  'bytesValue',
  'arrayValue',
  'kvlistValue',
  'toString',
];
const TEXTS = [
  'report',
  '0',
  '-1',
  '\u001b]0;x\u0007',
  '\u009b2J',
  '\u202e',
  '../../etc/passwd',
  '<script>',
  '\ud800',
  'a'.repeat(5000),
];

/** Of the collector that is fed. */
export const VIEWER_TOKEN = 'token-of-the-fuzz';

/** Stands for what nests deeper than can be written. */
const DEEP = 'deep';

export function makeRawRequest(random: Random): RawRequest {
  if (random.oneIn(25)) return { bytes: random.bytes(1 + random.below(3000)), half: random.oneIn(4) };
  const body = makeBody(random);
  const bytes = Buffer.concat([Buffer.from(makeHead(random, body.bytes.length, body.encoding), 'latin1'), body.bytes]);
  if (random.oneIn(15)) return { bytes: bytes.subarray(0, random.below(bytes.length)), half: true };
  if (random.oneIn(15)) return { bytes: flipBytes(random, bytes), half: true };
  return { bytes, half: false };
}

function makeHead(random: Random, length: number, encoding: string | undefined): string {
  const lines = [
    `${random.oneIn(12) ? random.pick(['GET', 'PUT', 'HEAD', 'OPTIONS', 'BREW', 'CONNECT']) : 'POST'} ${makePath(random)} HTTP/1.1`,
  ];
  if (!random.oneIn(30))
    lines.push(
      `Host: ${random.oneIn(20) ? random.pick(['evil.example', '', '127.0.0.1:99999', '[::1', 'a b']) : '127.0.0.1'}`,
    );
  if (!random.oneIn(20))
    lines.push(
      `Content-Type: ${random.oneIn(12) ? random.pick(['text/plain', 'application/x-protobuf', ';', '\u0001']) : 'application/json'}`,
    );
  lines.push(
    `Content-Length: ${random.oneIn(25) ? random.pick(['-1', '0', '1e9', '99999999999999999999', `${length + 10}`, `${length >> 1}`]) : length}`,
  );
  if (encoding !== undefined)
    lines.push(
      `Content-Encoding: ${random.oneIn(10) ? random.pick(['br', 'gzip, gzip', 'identity', 'zstd']) : encoding}`,
    );
  // A viewer answers to its token alone.
  if (!random.oneIn(4))
    lines.push(
      `Authorization: Bearer ${random.oneIn(8) ? random.pick(['', 'x', 'é', 'a'.repeat(9000)]) : VIEWER_TOKEN}`,
    );
  lines.push('Connection: close');
  if (random.oneIn(10)) lines.push(random.pick(ABSURD)(random));
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const ABSURD: readonly ((random: Random) => string)[] = [
  (random) => `X-Long: ${'x'.repeat(1 + random.below(40_000))}`,
  (random) => Array.from({ length: random.below(3000) }, (_, n) => `X-${n}: 1`).join('\r\n'),
  () => 'Transfer-Encoding: chunked',
  () => 'Transfer-Encoding: gzip, identity',
  () => 'Content-Length: 5',
  () => 'Expect: 100-continue',
  () => 'Expect: the unexpected',
  () => 'Upgrade: websocket\r\nConnection: upgrade',
  () => 'Origin: http://evil.example',
  () => 'Accept: text/html',
  (random) => `${random.bytes(20).toString('latin1')}: ${random.bytes(50).toString('latin1')}`,
];

function makePath(random: Random): string {
  if (!random.oneIn(12)) return random.oneIn(5) ? '/v1/traces' : '/v1/logs';
  const odd = [
    '/',
    '//',
    '/healthz',
    '/v1/metrics',
    '/__proto__',
    '/v1/logs?x=%00',
    '/reports/../../etc/passwd',
    '*',
    '/style.css',
  ];
  return random.oneIn(3)
    ? `/reports/${random.word(32, '0123456789abcdef')}`
    : random.pick([...odd, `/${random.word(9000)}`, 'http://[']);
}

function makeBody(random: Random): { bytes: Buffer; encoding: string | undefined } {
  if (random.oneIn(150)) return { bytes: gzipSync(makeBomb(random)), encoding: 'gzip' };
  const text = makeJson(random);
  const bytes = random.oneIn(6) ? flipBytes(random, Buffer.from(text)) : Buffer.from(text);
  const way = random.below(8);
  if (way === 0) return { bytes: gzipSync(bytes), encoding: 'gzip' };
  if (way === 1) return { bytes: deflateSync(bytes), encoding: 'deflate' };
  if (way === 2) return { bytes: flipBytes(random, gzipSync(bytes)), encoding: 'gzip' };
  if (way === 3)
    return { bytes: gzipSync(bytes).subarray(0, random.below(40)), encoding: random.pick(['gzip', 'deflate']) };
  return { bytes, encoding: undefined };
}

/** Small to send, large once it is unpacked or parsed. */
function makeBomb(random: Random): string {
  const megabyte = 1024 * 1024;
  const whole = (19 + random.below(3)) * megabyte;
  const unit = random.pick([
    '[',
    '{}',
    '{"a":',
    '[],',
    '"",',
    '{},',
    ' ',
    '0,',
    '{"attributes":[]},',
    '{"key":"gmr.report.id"},',
  ]);
  const many = unit.repeat(Math.floor(whole / unit.length) - 10);
  if (unit.endsWith(',')) return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${many}{}]}]}]}`;
  return random.oneIn(2) ? many : `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${many}`;
}

function makeJson(random: Random): string {
  const id = random.word(32, random.oneIn(3) ? '0123456789abcdef' : 'ab');
  const about = (): object => ({ key: random.pick([...NAMES, ...NAMES, ...MORE_NAMES]), value: makeValue(random, 0) });
  const known = (key: string, value: object) => ({ key, value });
  const logRecord = () => ({
    timeUnixNano: random.pick<unknown>(['1795520345123456789', 1, -1, '1e400', {}, [[]], null]),
    attributes: [
      known('gmr.report.id', { stringValue: id }),
      known('gmr.section.index', { intValue: random.below(12) }),
      known('gmr.section.count', { intValue: random.below(12) }),
      ...Array.from({ length: random.below(5) }, about),
    ],
    body: makeValue(random, 0),
  });
  const request = {
    resourceLogs: [
      {
        resource: { attributes: Array.from({ length: random.below(4) }, about) },
        scopeLogs: [{ logRecords: Array.from({ length: random.below(6) }, logRecord) }],
      },
    ],
  };
  for (let n = random.below(3); n > 0; n -= 1) spoil(random, request);
  return JSON.stringify(request).replace(`"${DEEP}"`, () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`);
}

function makeValue(random: Random, depth: number): object {
  const values = Array.from({ length: depth > 5 ? 0 : random.below(4) }, () =>
    random.oneIn(2)
      ? { key: random.pick(['text', 'data', 'service', 'time', ...MORE_NAMES]), value: makeValue(random, depth + 1) }
      : makeValue(random, depth + 1),
  );
  return {
    [random.pick(VALUES)]: random.pick<unknown>([
      { values },
      { values },
      random.below(20),
      random.pick(TEXTS),
      makeOdd(random),
    ]),
  };
}

function makeOdd(random: Random): unknown {
  if (random.oneIn(30)) return DEEP;
  return random.pick<unknown>([
    null,
    true,
    -1,
    1e308,
    0.5,
    '',
    [],
    {},
    [[]],
    { values: 1 },
    { values: [null, 1, 'x'] },
    { toString: 1 },
  ]);
}

/** Puts something odd in place of a part, at any depth. */
function spoil(random: Random, whole: object): void {
  let node = whole as { [key: string]: unknown };
  for (let depth = 0; depth < 12; depth += 1) {
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = random.pick(keys);
    const inner = node[key];
    if (random.oneIn(5) || typeof inner !== 'object' || inner === null) {
      node[key] = random.oneIn(3) ? random.pick(TEXTS) : makeOdd(random);
      return;
    }
    node = inner as { [key: string]: unknown };
  }
}

function flipBytes(random: Random, bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  for (let n = 1 + random.below(5); n > 0 && flipped.length > 0; n -= 1)
    flipped[random.below(flipped.length)] = random.below(256);
  return flipped;
}
