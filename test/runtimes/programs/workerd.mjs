/** Serves a worker in workerd until the test tells it to go on, and then anew with what was stored. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Miniflare } from 'miniflare';

const { scriptPath, persist } = JSON.parse(process.argv[2]);
const turns = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function serve() {
  const miniflare = new Miniflare({
    modules: true,
    script: await readFile(scriptPath, 'utf8'),
    compatibilityDate: '2026-01-01',
    kvNamespaces: ['KV'],
    kvPersist: `${persist}/kv`,
    durableObjects: { OBJECTS: { className: 'Counting', useSQLite: true } },
    durableObjectsPersist: `${persist}/objects`,
  });
  const url = await miniflare.ready;
  console.log(JSON.stringify({ url: String(url) }));
  await turns.next();
  await miniflare.dispose();
}

await serve();
await serve();
process.exit();
