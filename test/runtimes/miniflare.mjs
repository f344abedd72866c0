// Starts workerd with an edge function, prints its address, and ends it when told to.
// miniflare needs a newer Node than the tests may run on, so this is a program of its own.
import { once } from 'node:events';
import { Miniflare } from 'miniflare';

const { scriptPath, compatibilityFlags } = JSON.parse(process.argv[2]);
const miniflare = new Miniflare({
  modules: true,
  scriptPath,
  compatibilityDate: '2026-01-01',
  compatibilityFlags,
});
const url = await miniflare.ready;
console.log(JSON.stringify({ url: url.href }));
await once(process.stdin, 'data');
process.stdin.destroy();
await miniflare.dispose();
