// Prices orders. The voucher ENDLESS keeps its event loop busy for STUCK_MS: kill -USR1 says which order that was.
import { setTimeout as wait } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import express from 'express';

const tracer = trace.getTracer('checkout');
const stuckMs = Number(process.env.STUCK_MS ?? 5000);
const app = express();

app.use(express.json());
app.get('/healthz', (_, response) => response.send('ok'));
app.post('/checkout', async (request, response) => {
  const { order, cents, voucher } = request.body;
  await wait(5);
  const pay = tracer.startActiveSpan('apply voucher', { attributes: { 'shop.order': order } }, (span) => {
    try {
      return applyVoucher(cents, voucher);
    } finally {
      span.end();
    }
  });
  response.json({ order, pay });
});

function applyVoucher(cents, voucher) {
  if (voucher !== 'ENDLESS') return voucher === 'TENTH' ? Math.round(cents * 0.9) : cents;
  const until = Date.now() + stuckMs;
  console.log('checkout: stuck');
  let pay = cents;
  while (Date.now() < until) pay = pay > 1 ? pay * 0.9 : cents;
  return Math.round(pay);
}

const server = app.listen(Number(process.env.PORT ?? 8081), (error) => {
  if (error) throw error;
  console.log(`checkout: pid ${process.pid}, port ${server.address().port}`);
});
process.once('SIGTERM', () => server.close());
