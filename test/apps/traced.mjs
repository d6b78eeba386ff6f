// A traced HTTP server that gets stuck in a span's code until the file RELEASE is there; shared by the SDK lines.
import { existsSync } from 'node:fs';
import { createServer, get } from 'node:http';

// Armed for certain before it gets stuck.
if (process.env.INDEX) await (await import(process.env.INDEX)).setupAutorun().ready;

export const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Tells each span that ends: `ended NAME {"attributes":…}`. */
export const teller = {
  onStart() {},
  onEnd: (span) => console.log(`ended ${span.name} ${JSON.stringify(span.attributes)}`),
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** The program has lost a span whose start has thrown: without this, it might be collected before it is reported. */
const started = [];
export const throwing = {
  onStart(span) {
    started.push(span);
    throw new Error('onStart of the application');
  },
  onEnd() {
    throw new Error('onEnd of the application');
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** The processors that PROCESSORS asks for. */
export function processors() {
  switch (process.env.PROCESSORS) {
    case 'none':
      return [];
    case 'throwing':
      return [throwing];
    case 'frozen':
      return Object.freeze([teller]);
    default:
      return [teller];
  }
}

/** Serves one request in a server span and a span beneath it, and is stuck in that one, behind an `await`. */
export async function serve({ trace }) {
  const tracer = trace.getTracer('traced');
  const start = (name, options, act) => {
    try {
      return tracer.startActiveSpan(name, options, act);
    } catch (error) {
      console.log(`threw ${error.message}`);
    }
  };
  const server = createServer((_, response) => {
    start(
      'POST /orders',
      { kind: 1, attributes: { 'url.path': '/orders', 'db.password': 'secret-of-a-span' } },
      async (outer) => {
        await start('apply voucher', {}, async (inner) => {
          await new Promise((turned) => setTimeout(turned, 5));
          beStuck();
          inner.end();
        });
        outer.end();
        response.end();
      },
    );
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  console.log('up');
  const headers = process.env.WITHOUT_PARENT ? {} : { traceparent: TRACEPARENT };
  get({ port: server.address().port, path: '/orders?token=t-1', headers }, (answer) => {
    answer.resume().on('end', () => console.log('answered'));
  });
}

export function beStuck() {
  console.log('stuck');
  while (!existsSync(process.env.RELEASE)) for (let n = 0; n < 1e6; n += 1);
}
