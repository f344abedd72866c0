/** Serves in Deno or Bun until the test tells it to go on, and then prints what was recorded. */
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';

const collector = new TelemetryCollector();
let seen = '';
const handler = instrumentFetch(
  (request, second) => {
    seen = typeof second;
    const { pathname } = new URL(request.url);
    if (pathname === '/fail') throw new RangeError('of the application');
    return new Response('answer', { status: pathname.startsWith('/users/') ? 201 : 404 });
  },
  {
    collector,
    route: ({ url }) => (new URL(url).pathname.startsWith('/users/') ? '/users/:id' : undefined),
  },
);
// If a handler throws, both answer 500 and print the error.
const failed = () => new Response('failed', { status: 500 });

const port =
  'Deno' in globalThis
    ? Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {}, onError: failed }, handler).addr
        .port
    : Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: handler, error: failed }).port;
console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));

process.stdin.once('data', async () => {
  console.log(JSON.stringify({ text: await formatPrometheus(collector), seen }));
  await collector.shutdown();
  process.exit(0);
});
