// The service that clients talk to: it passes each order on to checkout.
import { createServer } from 'node:http';

const checkout = process.env.CHECKOUT_URL ?? 'http://127.0.0.1:8081';

const server = createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await fetch(`${checkout}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  } catch (error) {
    response.writeHead(502).end(JSON.stringify({ error: String(error) }));
  }
});
server.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`gateway: pid ${process.pid}, port ${server.address().port}`);
});
process.once('SIGTERM', () => server.close());
