/** A service with upstreams. It knows nothing of telemetry: what is loaded before it instruments it. */
const http = require('node:http');

const port = Number(process.env.PORT ?? 8000);
const prices = { book: 12, pen: 2 };

const server = http.createServer(async (request, response) => {
  const [, kind, what] = request.url.split('/');
  const address = `http://127.0.0.1:${server.address().port}`;
  if (kind === 'prices') {
    const price = prices[what];
    response.writeHead(price === undefined ? 404 : 200).end(`${price}`);
  } else if (kind === 'orders') {
    // Two ways to call an upstream, which have a package each that instruments them.
    const answer = await fetch(`${address}/prices/${what}`);
    await answer.text();
    await new Promise((resolve) => {
      http.get(`${address}/stock/${what}`, (stock) => stock.resume().on('end', resolve));
    });
    response.writeHead(answer.status).end('an order');
  } else {
    response.end('plenty');
  }
});

server.listen(port, '127.0.0.1', () => {
  console.log(`app      http://127.0.0.1:${server.address().port}`);
});
