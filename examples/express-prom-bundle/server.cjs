/** A service with express-prom-bundle and metrics of its own. */
const express = require('express');
const bundle = require('express-prom-bundle');
const client = require('prom-client');

const app = express();
app.use(
  bundle({
    includeMethod: true,
    includePath: true,
    promClient: { collectDefaultMetrics: {} },
    customLabels: { project: 'shop' },
  }),
);
const orders = new client.Counter({ name: 'orders_total', help: 'Orders', labelNames: ['kind'] });
app.get('/orders/:id', (request, response) => {
  orders.labels(request.params.id === '1' ? 'first' : 'other').inc();
  response.send('an order');
});
const server = app.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
