import type { RenderRequest } from '../protocol/requests.ts';
import type { Format, MediaType } from './format.ts';

/** As servers give it; what came several times may be a list. */
export type Header = string | readonly string[] | undefined;
/** What a header such as `Accept` lists, in lower case, with how much each is wanted: 0 to 1. */
type Weights = ReadonlyMap<string, number>;

/** The formats of a collector. */
export type Formats = readonly [Format, ...Format[]];

/** What is to be written, and what the answer is called. */
export interface Choice extends Pick<MediaType, 'contentType'> {
  readonly format: Format;
}

/**
 * The format that a request names, or that its `Accept` header asks for; without both, the first.
 * @throws RangeError for a name that no format has
 */
export function chosenFormat(formats: Formats, { format: name, accept }: RenderRequest): Choice {
  if (accept !== undefined) return acceptedFormat(formats, accept);
  const format = name === undefined ? formats[0] : formats.find((one) => one.name === name);
  if (format) return { format, contentType: format.mediaTypes[0].contentType };
  const names = formats.map((one) => one.name).join(', ');
  throw new RangeError(`there is no format "${name}" here; there are ${names}`);
}

/**
 * RFC 9110, section 12.5.1. Of two that are wanted as much the one is taken that is named more exactly, or
 * else the one that comes first: Prometheus asks for text and for any. Where none is wanted, the first is
 * better than nothing.
 */
function acceptedFormat(formats: Formats, accept: string): Choice {
  const weights = weightsOf(accept);
  const [{ mediaTypes }] = formats;
  let chosen: Choice = { format: formats[0], contentType: mediaTypes[0].contentType };
  let most = 0;
  let closest = 0;
  for (const format of formats) {
    for (const [i, { type, contentType }] of format.mediaTypes.entries()) {
      const [weight, range] = wanted(weights, i === 0 ? rangesOf(type) : [type]);
      if (weight === 0 || weight < most || (weight === most && range >= closest)) continue;
      chosen = { format, contentType };
      most = weight;
      closest = range;
    }
  }
  return chosen;
}

/** Those that a media type falls within, the closest first. */
function rangesOf(type: string): readonly string[] {
  return [type, type.replace(/[^/]+$/, '*'), '*/*'];
}

/** By the first of the ranges that is listed, and which that is. */
function wanted(
  weights: Weights,
  ranges: readonly string[],
): readonly [weight: number, range: number] {
  const range = ranges.findIndex((one) => weights.has(one));
  return [weights.get(ranges[range]!) ?? 0, range];
}

/** RFC 9110, section 12.4.2. Of what stands there twice, as with other parameters, the greater counts. */
export function weightsOf(header: Header): Weights {
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
