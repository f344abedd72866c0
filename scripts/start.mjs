/**
 * `npm start`: builds what is missing, then shows the demo on localhost.
 *
 *   --port N         another port than 8080 (0 for any)
 *   --no-isolation   without COOP and COEP, so that the demo has no shared memory and uses the message link
 *   --headless       the same simulation in Node, with /metrics; see demo/headless.ts for its options
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stop as stopEsbuild } from 'esbuild';
import { buildLibrary } from './build-library.mjs';
import { bundleForBrowser, bundleForNode, DEMO, PACKAGE_FOLDER } from './demo-bundle.mjs';

const HOST = '127.0.0.1';
const FIRST_PORT = 8080;
const PORTS_TO_TRY = 20;

/** The package is served as it is, below this path. */
const PACKAGE_URL = `/${PACKAGE_FOLDER}/`;
const PACKAGE = fileURLToPath(new URL('../dist', import.meta.url));
const PAGES = { '/': 'index.html', '/icon.svg': 'icon.svg' };
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
};

const args = process.argv.slice(2);
await buildLibrary();
if (args.includes('--headless')) {
  const bundle = await bundleForNode();
  await stopEsbuild();
  await import(pathToFileURL(bundle).href);
} else {
  // They stay in memory, since two demos must not mix their files.
  const bundle = await bundleForBrowser({ isolates: false });
  await stopEsbuild();
  await serve(bundle);
}

async function serve(bundle) {
  const isolated = !args.includes('--no-isolation');
  const server = createServer((request, response) => {
    answer(request, response, bundle, isolated).catch(() => response.destroy());
  });
  const port = await listen(server);
  console.log(`
  The swarm is at  http://localhost:${port}

  ${isolated ? 'Cross-origin isolated: metrics travel through shared memory.' : 'Not isolated: metrics travel as messages.'}
  Ctrl+C ends it.
`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

/** Listens on the port that was asked for, or on the first free one from 8080 on. */
async function listen(server) {
  const at = args.indexOf('--port');
  const wanted = at < 0 ? undefined : Number(args[at + 1]);
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 0 && wanted < 65536)) {
    console.error(`--port takes a number from 0 to 65535, not "${args[at + 1]}"`);
    process.exit(2);
  }
  const first = wanted ?? FIRST_PORT;
  const last = wanted ?? FIRST_PORT + PORTS_TO_TRY - 1;
  for (let port = first; ; port += 1) {
    try {
      await new Promise((resolve, reject) => {
        server.once('error', reject).listen(port, HOST, resolve);
      });
      return server.address().port;
    } catch (error) {
      if (error.code === 'EADDRINUSE' && port < last) continue;
      console.error(`Cannot listen on port ${port}: ${error.message}`);
      process.exit(1);
    }
  }
}

async function answer(request, response, bundle, isolated) {
  const headers = headersFor(isolated);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end();
    return;
  }
  const path = pathOf(request.url ?? '/');
  const content = bundle.get(path.slice(1)) ?? (await readOwn(path));
  if (!content) {
    response.writeHead(404, headers).end('Not found');
    return;
  }
  const type = TYPES[extname(PAGES[path] ?? path)];
  response.writeHead(200, { ...headers, 'content-type': type });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function pathOf(url) {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return '';
  }
}

/** Resolves to the page, its icon or a file of the package; to undefined for everything else. */
async function readOwn(path) {
  let file;
  if (Object.hasOwn(PAGES, path)) file = join(DEMO, PAGES[path]);
  else if (path.startsWith(PACKAGE_URL)) file = join(PACKAGE, path.slice(PACKAGE_URL.length));
  // A `..`, which may have come encoded, must not lead out of the folder.
  if (!file || !(file.startsWith(DEMO + sep) || file.startsWith(PACKAGE + sep))) return undefined;
  return extname(file) in TYPES ? readFile(file).catch(() => undefined) : undefined;
}

function headersFor(isolated) {
  const page = readFileSync(join(DEMO, 'index.html'), 'utf8');
  const importMap = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(importMap).digest('base64');
  return {
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'self' 'sha256-${hash}'`,
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "worker-src 'self' blob:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...(isolated && {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    }),
  };
}
