import type { RenderRequest } from '../protocol/requests.ts';
import type { Format, MediaType } from './format.ts';

/** A header as servers give it. If it came several times, it may be a list. */
export type Header = string | readonly string[] | undefined;
/** What a header such as `Accept` lists, in lower case, and how much each is wanted, from 0 to 1. */
type Weights = ReadonlyMap<string, number>;

/** The formats of a collector. A request that asks for none gets the first. */
export type Formats = readonly [Format, ...Format[]];

/** In which format to answer, and the `Content-Type` of the answer. */
export interface Choice extends Pick<MediaType, 'contentType'> {
  readonly format: Format;
}

/**
 * Returns the format that a request names or that its `Accept` header asks for; the first if it has neither.
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
 * Follows RFC 9110, section 12.5.1. If two types are wanted equally, the one that the header names more
 * exactly is taken, or else the one that comes first: Prometheus asks for text and for any type. If none is
 * wanted, the first is better than nothing.
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

/** Returns the ranges that include a media type, the narrowest first. */
function rangesOf(type: string): readonly string[] {
  return [type, type.replace(/[^/]+$/, '*'), '*/*'];
}

/** Returns the weight of the first of the ranges that is listed, and its index. */
function wanted(
  weights: Weights,
  ranges: readonly string[],
): readonly [weight: number, range: number] {
  const range = ranges.findIndex((one) => weights.has(one));
  return [weights.get(ranges[range]!) ?? 0, range];
}

/**
 * Reads a header by RFC 9110, section 12.4.2. If a name is listed twice, e.g. with different parameters, the
 * greater weight counts.
 */
export function weightsOf(header: Header): Weights {
  const weights = new Map<string, number>();
  // Quoted texts may contain separators, so they are removed. The expression also accepts a quote that is
  // never closed, so that no input makes it slow.
  const bare = String(header ?? '').replace(/"(?:\\.?|[^"\\])*"?/gs, '');
  for (const part of bare.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((text) => /^q\s*=/.test(text));
    // A weight that is no number means that this is not wanted.
    const weight = q === undefined ? 1 : Number.parseFloat(q.replace(/^q\s*=/, '')) || 0;
    weights.set(name, Math.max(weights.get(name) ?? 0, weight));
  }
  return weights;
}
