/**
 * `npm run grafana` writes the dashboards of scripts/grafana-templates.mjs into grafana/. Build first, since
 * it uses the package in dist/.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TEMPLATES } from './grafana-templates.mjs';

const ROOT = new URL('../', import.meta.url);
const load = (name) => import(new URL(`dist/${name}.js`, ROOT).href);

/** Every file that is written, with what it must hold. A test compares them. */
export async function writtenFiles() {
  const [library, { instrumentFetch }, { grafanaDashboard }] = await Promise.all(
    ['node', 'fetch', 'grafana'].map(load),
  );
  const files = {};
  for (const [name, { setup, ...options }] of Object.entries(TEMPLATES)) {
    const collector = new library.TelemetryCollector();
    setup?.(collector, { ...library, instrumentFetch });
    const dashboard = grafanaDashboard(collector, options);
    files[`grafana/${name}`] = `${JSON.stringify(dashboard, null, 2)}\n`;
    await collector.shutdown();
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await writtenFiles())) {
    await writeFile(new URL(path, ROOT), text);
  }
}
