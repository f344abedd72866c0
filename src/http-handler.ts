import type { Rendered, RenderRequest } from './collector/protocol.ts';
import { acceptsGzip, type HttpAccess, metricsHeaders, refusal } from './runtime/http-request.ts';

/** Answers a Fetch request with the exposition. Never rejects. */
export async function respond(
  { method, headers, url }: Request,
  access: HttpAccess,
  render: (request: RenderRequest) => Promise<Rendered>,
): Promise<Response> {
  const { pathname } = new URL(url);
  const authorization = headers.get('authorization');
  const refused = refusal({ method, pathname, authorization }, access);
  if (refused) return new Response(refused.message, refused);
  const gzip = acceptsGzip(headers.get('accept-encoding'));
  try {
    const { body, contentType } = await render({ accept: headers.get('accept') ?? '', gzip });
    // workerd compresses by the header unless told that the body is compressed already.
    const answer = { headers: metricsHeaders(contentType, gzip), encodeBody: 'manual' };
    return new Response(method === 'HEAD' ? null : body, answer);
  } catch (error) {
    return new Response(`the exposition could not be made: ${error}\n`, {
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  }
}
