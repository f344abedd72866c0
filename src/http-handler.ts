import type { Rendered, RenderRequest } from './collector/protocol.ts';
import { acceptsGzip, authorized } from './runtime/http-request.ts';

/** Answers a Fetch request with the exposition. Never rejects. */
export async function respond(
  request: Request,
  { path, bearerToken }: { path?: string; bearerToken?: string },
  render: (request: RenderRequest) => Promise<Rendered>,
): Promise<Response> {
  const { method, headers, url } = request;
  if (path !== undefined && new URL(url).pathname !== path) return plain(404, 'not found\n');
  if (method !== 'GET' && method !== 'HEAD') {
    return plain(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  }
  if (!authorized(bearerToken, headers.get('authorization'))) {
    return plain(401, 'a bearer token is needed\n', { 'www-authenticate': 'Bearer' });
  }
  const gzip = acceptsGzip(headers.get('accept-encoding'));
  try {
    const { body, contentType } = await render({ accept: headers.get('accept') ?? '', gzip });
    return new Response(method === 'HEAD' ? null : body, {
      headers: {
        'content-type': contentType,
        vary: 'accept, accept-encoding',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      },
    });
  } catch (error) {
    return plain(503, `the exposition could not be made: ${error}\n`);
  }
}

function plain(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(message, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  });
}
