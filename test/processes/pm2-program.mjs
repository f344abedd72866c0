/** A server that PM2 starts several times. Each request is counted. */
import { createServer } from 'node:http';

const { joinProcesses } = await import(process.env.CLUSTER);
const collector = joinProcesses(null, {
  name: 'shop',
  directory: process.env.DIRECTORY,
  async own(all) {
    await all.serve({ port: Number(process.env.METRICS_PORT) });
    all.registerGauge('owner_pid').set(process.pid);
  },
});
const requests = collector.registerCounter('requests_total', 'Requests');
const port = Number(process.env.PORT);
// In the mode `fork`, each has a port of its own.
const own = process.env.MODE === 'fork' ? Number(process.env.NODE_APP_INSTANCE) : 0;
const server = createServer((_, response) => {
  requests.increment();
  response.setHeader('connection', 'close');
  response.end(`${process.pid}`);
});
server.listen(port + own, '127.0.0.1');
process.once('SIGINT', () => {
  server.close(async () => {
    await collector.shutdown();
    process.exit();
  });
});
