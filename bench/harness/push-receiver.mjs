/** Receives what is pushed, in the process that measures nothing. */
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { decompress } from '@stablelib/snappy';
import { countPoints, countWritten } from './exposition.mjs';

/** @returns what has come since `taken` was called last, and how much it was */
export async function startPushReceiver() {
  let bodies = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push({ body: Buffer.concat(chunks), encoding: request.headers['content-encoding'] });
      response.writeHead(request.url === '/write' ? 204 : 200).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    taken() {
      const taken = bodies;
      bodies = [];
      return taken;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Adds up what the bodies say of a metric. */
export function countPushed(bodies, kind, name) {
  const all = bodies.map(({ body, encoding }) => {
    if (kind === 'remote-write') return countWritten(Buffer.from(decompress(body)), name);
    return countPoints(encoding === 'gzip' ? gunzipSync(body) : body, name);
  });
  return {
    series: all.reduce((sum, { series }) => sum + series, 0),
    total: all.reduce((sum, { total }) => sum + total, 0),
  };
}
