/**
 * Writes the reference into docs/api/, and then builds the site or serves it while you write.
 *
 *   node docs/site/run.mjs build
 *   node docs/site/run.mjs serve
 *
 * `DOCS_BASE` is the path below which the site is served, such as `/telemetry/`; `/` unless given. `DOCS_FOLDER` is
 * where the site is built, docs/site/dist unless given.
 */
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vitepress';
import { writeReference } from './reference.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

const findings = await writeReference(`${here}../api`);
for (const finding of findings) console.warn(finding);
if (process.argv[2] === 'serve') {
  const server = await createServer(here);
  await server.listen();
  server.printUrls();
} else if (findings.length === 0) {
  await build(here);
} else {
  process.exitCode = 1;
}
