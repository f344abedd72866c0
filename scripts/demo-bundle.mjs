/** Bundles the demo: for a browser, and for Node. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const DEMO = join(ROOT, 'demo');

/** The package is served as it is, in this folder beside the page. */
export const PACKAGE_FOLDER = 'utilityfog-telemetry';

const OPENTELEMETRY_API = join(ROOT, 'node_modules/@opentelemetry/api/build/esm/index.js');

/** Import maps do not reach workers, so these name the file. It lies beside them, wherever that is. */
const packageBeside = {
  name: 'package-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^utilityfog-telemetry$/ }, () => ({
      path: `./${PACKAGE_FOLDER}/index.js`,
      external: true,
    }));
  },
};

/**
 * Resolves to the contents by file name.
 * @param {{ isolates: boolean }} options  whether the page gets its isolation from a service worker
 */
export async function bundleForBrowser({ isolates }) {
  const options = {
    outdir: DEMO,
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'linked',
    loader: { '.yml': 'text', '.html': 'text' },
    logLevel: 'warning',
  };
  const page = build({
    ...options,
    entryPoints: {
      'before-main': join(DEMO, 'start', 'before-main.ts'),
      main: join(DEMO, 'main.ts'),
      style: join(DEMO, 'style.css'),
      // The page and the package must have the same one, so it is a file of its own.
      'opentelemetry-api': OPENTELEMETRY_API,
    },
    // What the page loads on demand is a file of its own.
    splitting: true,
    // The page finds it through the import map, and so runs what is published, with its worker.
    external: ['utilityfog-telemetry', '@opentelemetry/api'],
    // prom-client is made for Node, and writes its error messages with this.
    alias: { util: join(DEMO, 'compare', 'node-util.ts') },
    define: {
      PACKAGE_LINKS: JSON.stringify(packageLinks()),
      ISOLATES_ITSELF: JSON.stringify(isolates),
    },
  });
  const workers = build({
    ...options,
    entryPoints: {
      'proof-worker': join(DEMO, 'proof', 'proof-worker.ts'),
      'trace-receiver-part': join(DEMO, 'traces', 'trace-receiver-part.ts'),
    },
    plugins: [packageBeside],
  });
  const outputFiles = (await Promise.all([page, workers])).flatMap((built) => built.outputFiles);
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Returns where the project can be found, as far as package.json says so. */
function packageLinks() {
  const { homepage, repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const source = (repository?.url ?? repository)?.replace(/^git\+/, '').replace(/\.git$/, '');
  return { ...(homepage && { Documentation: homepage }), ...(source && { Source: source }) };
}

/** Resolves to the path of the bundle. It lies in this package, so that it finds the package by its name. */
export async function bundleForNode() {
  const { outputFiles } = await build({
    entryPoints: [join(DEMO, 'headless.ts')],
    outdir: join(DEMO, 'dist'),
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['utilityfog-telemetry'],
    logLevel: 'warning',
  });
  const [{ path, contents }] = outputFiles;
  await mkdir(join(DEMO, 'dist'), { recursive: true });
  // The rename makes it appear in one step, since others may start the demo at the same time.
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
