/** A service with fastify-metrics and metrics of its own. */
const fastify = require('fastify');
const metrics = require('fastify-metrics');
const client = require('prom-client');

async function start() {
  const app = fastify();
  await app.register(metrics, { endpoint: '/metrics' });
  const size = new client.Summary({
    name: 'order_size',
    help: 'Sizes of orders',
    labelNames: ['kind'],
    percentiles: [0.5],
  });
  app.get('/orders/:id', async (request) => {
    size.observe({ kind: 'any' }, Number(request.params.id));
    return 'an order';
  });
  const port = Number(process.env.PORT ?? 8000);
  console.log(await app.listen({ port, host: '127.0.0.1' }));
}

start();
