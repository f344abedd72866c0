/**
 * Serves the pages of the benchmark, each in a folder of its own.
 */
import { createServer } from 'node:http';

/** What a page and its workers need in order to be given shared memory. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * @typedef {object} ServedPage
 * @property {string} html
 * @property {Map<string, Uint8Array>} scripts
 * @property {boolean} isolated
 */

/**
 * @param {Record<string, ServedPage>} pages  by folder
 */
export async function servePages(pages) {
  const server = createServer((request, response) => {
    const [, folder, name] = new URL(request.url, 'http://localhost').pathname.split('/');
    const page = pages[folder];
    const headers = page?.isolated ? ISOLATION : {};
    const script = page?.scripts.get(name);
    if (page && name === '') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
      response.end(page.html);
    } else if (script) {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', ...headers });
      response.end(script);
    } else {
      // Not a 404, which the page would complain of: Chromium asks for an icon unbidden.
      response.writeHead(name === undefined ? 204 : 404, headers).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    /** @param {string} folder */
    urlOf: (folder) => `http://localhost:${server.address().port}/${folder}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
