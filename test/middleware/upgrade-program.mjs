/**
 * Asks a server for another protocol, with undici and with `node:http`, observed by `instrumentProcess()`, and before it by
 * OpenTelemetry's own packages if it is told so. Prints what came over the sockets, and what was counted.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { observeProcess } from './observed-process.mjs';

const { url, isBeside } = JSON.parse(process.argv[2]);
const { collector, http } = observeProcess(url, isBeside ? ['theirs', 'ours'] : ['ours']);
const { Client } = createRequire(import.meta.url)('undici');

const server = http.createServer((_, response) => response.end('answer'));
server.on('upgrade', (request, socket) => {
  if (request.url === '/refused') {
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    return;
  }
  const headers = 'connection: upgrade\r\nupgrade: echo';
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n\r\n`);
  socket.pipe(socket);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

/** Resolves to what comes back of a text. */
async function echoed(socket, text) {
  socket.write(text);
  const [answer] = await once(socket, 'data');
  socket.end();
  await once(socket.resume(), 'close');
  return String(answer);
}

const results = {};
const client = new Client(origin);
const { socket } = await client.upgrade({ path: '/by-undici', protocol: 'echo' });
results.undici = await echoed(socket, 'through undici');
results.refused = await client
  .upgrade({ path: '/refused', protocol: 'echo' })
  .then(() => 'upgraded')
  .catch((error) => error.name);
await client.close();

const request = http.request(`${origin}/by-http`, {
  headers: { connection: 'upgrade', upgrade: 'echo' },
});
request.end();
const [response, upgraded] = await once(request, 'upgrade');
results.status = response.statusCode;
results.http = await echoed(upgraded, 'through http');

// An ordinary request is observed as before.
results.fetched = await (await fetch(`${origin}/after`)).text();
await collector.flush();
const { metrics } = await collector.getSnapshot();
results.counted = [metrics.http_client_request_duration_seconds ?? []]
  .flat()
  .map(({ labels, count }) => [labels.http_response_status_code, labels.error_type, count]);
console.log(JSON.stringify(results));
process.exit();
