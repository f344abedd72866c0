import { type Header, weightsOf } from '../formats/negotiation.ts';

/** Whether an `Accept-Encoding` header asks for gzip (RFC 9110, section 12.5.3). */
export function acceptsGzip(header: Header): boolean {
  const weights = weightsOf(header);
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}
