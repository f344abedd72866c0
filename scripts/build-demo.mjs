/**
 * `npm run demo:build`: writes the demo as files that any host can serve, at any path.
 *
 *   npm run demo:build -- FOLDER   a new or empty one; demo/dist/site, which is made anew, if none is named
 */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stop as stopEsbuild } from 'esbuild';
import { buildLibrary } from './build-library.mjs';
import { bundleForBrowser, DEMO, PACKAGE_FOLDER } from './demo-bundle.mjs';

const PACKAGE = fileURLToPath(new URL('../dist', import.meta.url));
const AS_THEY_ARE = ['index.html', 'icon.svg', 'isolation/isolation-worker.js'];

const SITE = join(DEMO, 'dist', 'site');
const folder = resolve(process.argv[2] ?? SITE);
if (folder === SITE) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
if ((await readdir(folder)).length > 0) {
  console.error(`${folder} is not empty. Name a new folder, or empty it.`);
  process.exit(2);
}
await buildLibrary();
const bundle = await bundleForBrowser({ isolates: true });
await stopEsbuild();
// Below its own folder the service worker would only see what is there, so it lies beside the page.
for (const file of AS_THEY_ARE) await cp(join(DEMO, file), join(folder, file.split('/').at(-1)));
for (const [name, contents] of bundle) await writeFile(join(folder, name), contents);
const isScript = (path) => ['', '.js'].includes(extname(path));
await cp(PACKAGE, join(folder, PACKAGE_FOLDER), { recursive: true, filter: isScript });
console.log(`The demo is in ${folder}`);
