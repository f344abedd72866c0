/**
 * The page of one contender, bundled in memory as an application would bundle it.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const FOLDER = fileURLToPath(new URL('../page', import.meta.url));

/**
 * prom-client and its successor name Node's `util`, for the texts of their errors. Browsers have none,
 * and no error is made here.
 */
const utilForErrors = {
  name: 'util-for-errors',
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?util$/ }, () => ({ path: 'util', namespace: 'stub' }));
    bundler.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents: 'export const format = String, inspect = String;',
    }));
  },
};

/**
 * @param {string} module  of `page/contenders/`
 * @param {Record<string, string>} [workers]  entries besides the page: name to module
 * @returns {Promise<Map<string, Uint8Array>>} files by name; the first to load is `page.js`
 */
export async function bundlePage(module, workers = {}) {
  const { outputFiles } = await build({
    entryPoints: { page: `${FOLDER}/entry.mjs`, ...workers },
    alias: { '#telemetry': `${FOLDER}/contenders/${module}.mjs` },
    absWorkingDir: FOLDER,
    outdir: '/',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    plugins: [utilForErrors],
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(1), contents]));
}
