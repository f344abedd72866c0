/**
 * Answers and asks the same requests, observed by OpenTelemetry's own packages, by `instrumentProcess()` or by both, and
 * prints what its metrics have counted.
 */
import { once } from 'node:events';
import { observeProcess } from './observed-process.mjs';

const { url, observers } = JSON.parse(process.argv[2]);
const { collector, http } = observeProcess(url, observers);

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://a');
  response.statusCode = { '/missing': 404, '/broken': 500 }[pathname] ?? 200;
  response.end('answer');
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;
const headers = { 'user-agent': 'test' };
const ask = (path, method) =>
  new Promise((resolve) => {
    const options = { method, headers };
    http.request(origin + path, options, (heard) => heard.resume().on('end', resolve)).end();
  });
await ask('/users/1?x=1', 'GET');
await ask('/missing', 'POST');
await ask('/broken', 'PROPFIND');
await (await fetch(`${origin}/by-fetch?x=1`, { headers })).text();
await (await fetch(`${origin}/missing`, { headers })).text();
// The last response closes behind its last byte.
await new Promise((resolve) => setTimeout(resolve, 50));
await collector.flush();
const { metrics } = await collector.getSnapshot();
const counted = (side) =>
  [metrics[`http_${side}_request_duration_seconds`] ?? []]
    .flat()
    .reduce((sum, one) => sum + one.count, 0);
console.log(JSON.stringify({ server: counted('server'), client: counted('client') }));
process.exit();
