import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { watchInFlight } from '../../src/main/in-flight/in-flight.js';
import { InFlightSpanProcessor } from '../../src/main/in-flight/span-processor.js';

test('a request has its span, also if an earlier watch was closed while this one watched', async () => {
  const ids = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' };
  const first = watchInFlight(() => {});
  const second = watchInFlight(() => {});
  first.close();
  const server = createServer((_, response) => {
    const span = { kind: 1, name: 'GET /', spanContext: () => ids };
    new InFlightSpanProcessor().onStart(span);
    const { requests } = second.read('report');
    response.end(JSON.stringify(requests.find(({ direction }) => direction === 'served')?.span ?? null));
  }).listen(0);
  await once(server, 'listening');
  const [response] = await once(get({ port: (server.address() as AddressInfo).port }), 'response');
  const [body] = await once(response.setEncoding('utf8'), 'data');
  expect(JSON.parse(body)).toEqual(ids);
  second.close();
  server.close();
});
