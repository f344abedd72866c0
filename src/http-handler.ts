import type { Rendered, RenderRequest } from './collector/protocol.ts';
import { acceptsGzip, type HttpAccess, metricsHeaders, refusal } from './runtime/http-request.ts';

/** Answers a Fetch request with the exposition. Never rejects. */
export async function respond(
  request: Request,
  access: HttpAccess,
  render: (request: RenderRequest) => Promise<Rendered>,
): Promise<Response> {
  const { method, headers, url } = request;
  const { pathname } = new URL(url);
  const authorization = headers.get('authorization');
  const refused = refusal({ method, pathname, authorization }, access);
  if (refused) return new Response(refused.message, refused);
  // Next.js takes away the header that says that this is compressed, and compresses by itself.
  const gzip = !('nextUrl' in request) && acceptsGzip(headers.get('accept-encoding'));
  try {
    const { body, contentType } = await render({ accept: headers.get('accept') ?? '', gzip });
    // workerd compresses what is declared as compressed, unless it is told that it is already.
    const answer = { headers: metricsHeaders(contentType, gzip), encodeBody: 'manual' };
    return new Response(method === 'HEAD' ? null : body, answer);
  } catch (error) {
    return new Response(`the exposition could not be made: ${error}\n`, {
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  }
}
