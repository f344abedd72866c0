/**
 * `npm start`: builds what is missing, then shows the demo on localhost.
 *
 *   --port N         another port than 8080 (0 for any)
 *   --no-isolation   without COOP and COEP: no shared memory, so the message link takes over
 *   --headless       the same simulation in Node, with /metrics; see demo/headless.ts for its options
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop as stopEsbuild } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HOST = '127.0.0.1';
const FIRST_PORT = 8080;
const PORTS_TO_TRY = 20;
const BUILT = ['index.js', 'worker.js', 'node.js', 'index.d.ts'];

/** URL prefix to the folder behind it, the first that fits. The package is served untouched. */
const FOLDERS = [
  ['/utilityfog-telemetry/', join(ROOT, 'dist')],
  ['/', join(ROOT, 'demo', 'dist')],
];
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
};

const args = process.argv.slice(2);
if (args.includes('--headless')) {
  await buildLibrary();
  await bundleForNode();
  await stopEsbuild();
  await import(new URL('../demo/dist/headless.js', import.meta.url).href);
} else {
  await buildLibrary();
  await bundleForBrowser();
  await stopEsbuild();
  await serve();
}

/** Builds dist/ unless it is newer than everything it is made from. */
async function buildLibrary() {
  const sources = [join(ROOT, 'src'), join(ROOT, 'rollup.config.mjs')];
  const built = BUILT.map((name) => changedAt(join(ROOT, 'dist', name)));
  if (Math.min(...built) >= Math.max(...sources.map(changedAt))) return;
  console.log('Building the library …');
  const rollup = join(ROOT, 'node_modules', 'rollup', 'dist', 'bin', 'rollup');
  const child = spawn(process.execPath, [rollup, '-c', '--silent'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) process.exit(code ?? 1);
}

/** The newest change in a file or folder; 0 if there is none. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(0, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}

function bundleForBrowser() {
  return build({
    entryPoints: ['main.ts', 'style.css'].map((name) => join(ROOT, 'demo', name)),
    outdir: join(ROOT, 'demo', 'dist'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'linked',
    // Found through the import map, so that the page runs what is published, worker and all.
    external: ['utilityfog-telemetry'],
    logLevel: 'warning',
  });
}

function bundleForNode() {
  return build({
    entryPoints: [join(ROOT, 'demo', 'headless.ts')],
    outfile: join(ROOT, 'demo', 'dist', 'headless.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Node finds it through the name of this very package.
    external: ['utilityfog-telemetry'],
    logLevel: 'warning',
  });
}

async function serve() {
  const isolated = !args.includes('--no-isolation');
  const server = createServer((request, response) => {
    answer(request, response, isolated).catch(() => response.destroy());
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

/** Listens on the port asked for, or on the first free one from 8080 on. */
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

async function answer(request, response, isolated) {
  const headers = headersFor(isolated);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end();
    return;
  }
  const path = fileFor(request.url ?? '/');
  const content = path && (await readFile(path).catch(() => undefined));
  if (!content) {
    response.writeHead(404, headers).end('Not found');
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] });
  response.end(request.method === 'HEAD' ? undefined : content);
}

/** The file that a URL stands for; undefined if it is none of ours. */
function fileFor(url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (path === '/') return join(ROOT, 'demo', 'index.html');
  if (path === '/icon.svg') return join(ROOT, 'demo', 'icon.svg');
  const [prefix, folder] = FOLDERS.find(([start]) => path.startsWith(start));
  const file = join(folder, path.slice(prefix.length));
  // `..`, also when it came encoded, must not lead out of the folder.
  return file.startsWith(folder + sep) && extname(file) in TYPES ? file : undefined;
}

function headersFor(isolated) {
  const page = readFileSync(join(ROOT, 'demo', 'index.html'), 'utf8');
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
