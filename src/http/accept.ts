import type { FormatName } from '../protocol/requests.ts';

/** As servers give it; what came several times may be a list. */
type Header = string | readonly string[] | undefined;
/** What a header such as `Accept` lists, in lower case, with how much each is wanted: 0 to 1. */
type Weights = ReadonlyMap<string, number>;

/** Whether an `Accept-Encoding` header asks for gzip (RFC 9110, section 12.5.3). */
export function acceptsGzip(header: Header): boolean {
  const weights = weightsOf(header);
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

/**
 * The format that an `Accept` header asks for (RFC 9110, section 12.5.1). Of two that are wanted as much
 * the one is taken that is named more exactly, or else text: Prometheus asks for text and for any.
 */
export function acceptedFormat(header: Header): FormatName {
  const weights = weightsOf(header);
  const [json, how] = wanted(weights, 'application/json');
  const [text, howText] = wanted(weights, 'text/plain');
  // Who understands that one understands ours.
  const openMetrics = weights.get('application/openmetrics-text') ?? 0;
  const isJson = json > openMetrics && (json > text || (json === text && how < howText));
  return isJson ? 'json' : 'prometheus';
}

/** How much a media type is wanted, by the range that fits it best, and which that is: 0 is the type itself. */
function wanted(weights: Weights, type: string): readonly [weight: number, range: number] {
  const ranges = [type, type.replace(/\w+$/, '*'), '*/*'];
  const range = ranges.findIndex((one) => weights.has(one));
  return [weights.get(ranges[range] ?? '') ?? 0, range];
}

/** RFC 9110, section 12.4.2. Of what stands there twice, as with other parameters, the greater counts. */
function weightsOf(header: Header): Weights {
  const weights = new Map<string, number>();
  // In quotes there may be separators. They need not be closed, so that this takes no time.
  const bare = String(header ?? '').replace(/"(?:\\.?|[^"\\])*"?/gs, '');
  for (const part of bare.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((text) => /^q\s*=/.test(text));
    // What is no number is not wanted.
    const weight = q === undefined ? 1 : Number.parseFloat(q.replace(/^q\s*=/, '')) || 0;
    weights.set(name, Math.max(weights.get(name) ?? 0, weight));
  }
  return weights;
}
