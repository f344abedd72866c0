import { type Header, rangesIn } from '../formats/media-ranges.ts';

/** Whether an `Accept-Encoding` header asks for gzip (RFC 9110, section 12.5.3). */
export function acceptsGzip(header: Header): boolean {
  const weights = new Map<string, number>();
  for (const { type, weight } of rangesIn(header)) {
    weights.set(type, Math.max(weights.get(type) ?? 0, weight));
  }
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}
