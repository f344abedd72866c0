// Adds the headers of cross-origin isolation to pages and workers, where a host cannot send them.
addEventListener('install', () => skipWaiting());
addEventListener('fetch', (event) => {
  const needs = ['document', 'iframe', 'worker', 'sharedworker'];
  if (needs.includes(event.request.destination)) event.respondWith(withHeaders(event.request));
});

async function withHeaders(request) {
  const response = await fetch(request);
  // A redirect is followed by the browser, which then asks again.
  if (response.type === 'opaqueredirect') return response;
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(response.body, { status, statusText, headers });
}
