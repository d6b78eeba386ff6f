// A service whose reports have something in each section: `node shop.mjs calm | stuck | busy | crash`. Says `up` with its port.
import { createServer, get } from 'node:http';
import { Worker } from 'node:worker_threads';
import { registerSection, setupAutorun } from 'guru-meditation';

const [mode = 'calm'] = process.argv.slice(2);
await setupAutorun().ready;
registerSection('Queue', () => ({ depth: 17, oldest: { order: 'a-1', ageMs: 4100 } }));

const never = () => new Promise(() => {});
async function loadCart() {
  await never();
}
async function priceOrder() {
  await loadCart();
}
async function reserveStock() {
  await Promise.all([loadCart(), never()]);
}
function applyVoucher(untilMs) {
  let cents = 100;
  while (Date.now() < untilMs) cents = cents > 1 ? cents * 0.9 : 100;
  return cents;
}

const server = createServer(async (request, response) => {
  if (request.url.startsWith('/cart/')) await priceOrder();
  else if (request.url.startsWith('/stock')) await reserveStock();
  else if (request.url === '/checkout') applyVoucher(Date.now() + 8000);
  response.end('done');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address();
const ask = (path) => get({ host: '127.0.0.1', port, path }, (response) => response.resume()).on('error', () => {});
for (let n = 0; n < (mode === 'busy' ? 50 : 3); n += 1) ask(`/cart/${n}`);
if (mode === 'busy') {
  ask('/stock/7');
  new Worker('const blur = () => { for (;;); }; blur();', { eval: true, name: 'image-0' });
  new Worker('setInterval(() => {}, 1000)', { eval: true, name: 'image-1' });
  new Worker('setInterval(() => {}, 1000)', { eval: true, name: 'image-2' });
}
setTimeout(() => {
  if (mode === 'stuck') ask('/checkout');
  setTimeout(() => process.stdout.write('up\n'), mode === 'stuck' ? 0 : 100);
  if (mode === 'crash')
    setTimeout(function sendMail() {
      throw new TypeError('mail for bob: no address');
    }, 500);
}, 500);
