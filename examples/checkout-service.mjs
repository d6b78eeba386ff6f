// A small shop. POST /checkout with `{"code":"FREE"}` gets its event loop stuck for some seconds: a voucher of 0 %
// never brings the total down to what it promises.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 4000);
const vouchers = new Map([
  ['SPRING', { percent: 10, downToCents: 9000 }],
  ['FREE', { percent: 0, downToCents: 0 }],
]);

function applyVoucher(cents, voucher) {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (cents > voucher.downToCents && Date.now() < giveUpAt) {
    cents -= Math.floor((cents * voucher.percent) / 100);
  }
  return cents;
}

async function priceOrder(order) {
  const cents = order.items.reduce((sum, item) => sum + item.cents, 0);
  return applyVoucher(cents, vouchers.get(order.code));
}

async function checkOut(request) {
  const { code } = await json(request);
  const order = { code, items: [{ cents: 4900 }, { cents: 5100 }] };
  return { cents: await priceOrder(order) };
}

const server = createServer(async (request, response) => {
  const answer = request.url === '/checkout' ? await checkOut(request) : { status: 'well' };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`checkout: http://127.0.0.1:${server.address().port}, pid ${process.pid}`);
});
