/**
 * Serves this folder to pages as it is. Packages are found by an import map: utilityfog-telemetry as
 * it is published, those made for Node as bundles.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { CONTENDERS, FARO } from '../contenders/list.mjs';

const ROOT = new URL('../../', import.meta.url);

/** Without these a page has no shared memory, and a clock of 100 µs. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const BUNDLES = '/bundles/';

/** What the pages that make spans import, too. */
const FOR_SPANS = [
  '@opentelemetry/api',
  '@opentelemetry/otlp-transformer',
  '@opentelemetry/sdk-trace-base',
];

/** What is served of a version: this one, or one that `bench:compare` has checked out. */
const VERSION = /^((?:\/\.parts\/compare\/\w+)?)\/(?:$|(?:bench|dist)\/)/;

/**
 * There is an icon, since Chromium asks for one by itself and complains if there is none.
 * @param {string} root  the path of the version
 */
function pageOf(root) {
  const places = [...CONTENDERS, FARO].map(({ id, package: name }) => [
    name,
    id === 'ours' ? `${root}/dist/index.js` : `${BUNDLES}${name}`,
  ]);
  for (const name of FOR_SPANS) places.push([name, `${BUNDLES}${name}`]);
  places.push(['utilityfog-telemetry/opentelemetry', `${root}/dist/opentelemetry.js`]);
  const map = JSON.stringify({ imports: Object.fromEntries(places) });
  return `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${map}</script>`;
}

/** A replacement for what only Node has: it has every property that is asked for, and does nothing. */
const ABSENT = `new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : absent),
  apply: () => absent,
  construct: () => absent,
})`;

const withoutNode = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'without-node' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'without-node' }, () => ({
      contents: 'module.exports = absent;',
    }));
  },
};

/** @param {string} name */
async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [name],
    // The other libraries are installed there.
    absWorkingDir: fileURLToPath(new URL('bench/', ROOT)),
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    banner: { js: `const absent = ${ABSENT};` },
    define: { process: 'absent' },
    plugins: [withoutNode],
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

async function contentOf(path) {
  if (path.startsWith(BUNDLES)) return bundle(path.slice(BUNDLES.length));
  const version = VERSION.exec(path);
  if (!version) throw new Error('not one of ours');
  return path.endsWith('/') ? pageOf(version[1]) : readFile(new URL(`.${path}`, ROOT), 'utf8');
}

/**
 * @param {{ isolated: boolean }} options
 * @returns {Promise<{ pageFor: (script: URL) => string, pathOf: (script: URL) => string }>} the URL of a page
 *   in which a script of bench/ can run, and the path of the script there
 */
export async function serveBench({ isolated }) {
  const headers = isolated ? ISOLATION : {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, ROOT);
    if (request.method === 'POST') {
      // Whatever is exported has arrived.
      request.resume().on('end', () => response.end());
      return;
    }
    try {
      const content = await contentOf(pathname);
      const type = pathname.endsWith('/') ? 'text/html' : 'text/javascript';
      response.writeHead(200, { ...headers, 'content-type': type }).end(content);
    } catch (error) {
      response.writeHead(404).end(`${pathname}: ${error.message}`);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const origin = `http://localhost:${server.address().port}`;
  const pathOf = ({ href }) => `/${href.slice(ROOT.href.length)}`;
  return { pageFor: (script) => `${origin}${VERSION.exec(pathOf(script))[1]}/`, pathOf };
}
