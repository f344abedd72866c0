/** Modules that import `@opentelemetry/api`, for workers, where no import map holds. */
import { readdir, readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const NAME = '@opentelemetry/api';
const API = '/opentelemetry-api.js';
const DIST = new URL('../../dist/', import.meta.url);
const PAGES = new URL('./pages/', import.meta.url);

/** Resolves to what is served in the place of such modules of the package and of the pages, and the API itself. */
export async function openTelemetryModules(): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${NAME}'`, resolveDir: import.meta.dirname },
    ...{ bundle: true, format: 'esm', write: false },
  });
  const routes: Record<string, string> = { [API]: outputFiles[0]!.text };
  const files = (await readdir(DIST)).filter((name) => /^(?!node|edge).*\.js$/.test(name));
  const ours = files.map((name) => [`/package/${name}`, new URL(name, DIST)] as const);
  for (const [path, file] of [
    ...ours,
    ['/pages/features.mjs', new URL('features.mjs', PAGES)] as const,
  ]) {
    const text = await readFile(file, 'utf8');
    const changed = text.replaceAll(`'${NAME}'`, `'${API}'`);
    if (changed !== text) routes[path] = changed;
  }
  return routes;
}
