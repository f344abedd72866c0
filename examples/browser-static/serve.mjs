// Serves this folder and the built package, with the two headers that make shared memory possible.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const PACKAGE = '/utilityfog-telemetry/';
const here = new URL('./', import.meta.url);
const dist = new URL('../../dist/', import.meta.url);

const server = createServer(async (request, response) => {
  // A URL has no `..` left in its path.
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = pathname.startsWith(PACKAGE)
    ? new URL(`./${pathname.slice(PACKAGE.length)}`, dist)
    : new URL(pathname === '/' ? './index.html' : `.${pathname}`, here);
  const type = TYPES[extname(file.pathname)];
  try {
    if (!type) throw new Error('nothing that is served here');
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': type, ...HEADERS }).end(content);
  } catch {
    response.writeHead(404, HEADERS).end('not found\n');
  }
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://localhost:${server.address().port}/`);
});
