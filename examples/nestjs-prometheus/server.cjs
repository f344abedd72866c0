/** A service with @willsoto/nestjs-prometheus and metrics of its own. It has no compiler, and so no decorators. */
require('reflect-metadata');
const { Controller, Get, Inject, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const {
  getToken,
  makeCounterProvider,
  makeHistogramProvider,
  PrometheusModule,
} = require('@willsoto/nestjs-prometheus');

class Orders {
  constructor(counter, seconds) {
    this.counter = counter;
    this.seconds = seconds;
  }

  find() {
    this.counter.inc({ kind: 'any' });
    this.seconds.observe(0.3);
    return 'an order';
  }
}
Inject(getToken('orders_total'))(Orders, undefined, 0);
Inject(getToken('order_seconds'))(Orders, undefined, 1);
Get(':id')(Orders.prototype, 'find', Object.getOwnPropertyDescriptor(Orders.prototype, 'find'));
Controller('orders')(Orders);

class App {}
Module({
  imports: [PrometheusModule.register({ defaultLabels: { app: 'shop' } })],
  controllers: [Orders],
  providers: [
    makeCounterProvider({ name: 'orders_total', help: 'Orders', labelNames: ['kind'] }),
    makeHistogramProvider({ name: 'order_seconds', help: 'Seconds', buckets: [0.1, 1] }),
  ],
})(App);

async function start() {
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(Number(process.env.PORT ?? 8000), '127.0.0.1');
  console.log(await app.getUrl());
}

start();
