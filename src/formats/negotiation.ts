import { ESCAPINGS, type Escaping } from '../kinds/escaping.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import type { Format, FormatOptions, MediaType } from './format.ts';
import { type MediaRange, rangesIn } from './media-ranges.ts';

/** The formats of a collector. A request that asks for none gets the first. */
export type Formats = readonly [Format, ...Format[]];

/** In which format to answer, and the `Content-Type` of the answer. */
export interface Choice extends Pick<FormatOptions, 'version' | 'encoding' | 'escaping'> {
  readonly format: Format;
  readonly contentType: string;
}

/** What escaping a request gets if it asks for none, or for one that the format does not have. */
const DEFAULT_ESCAPING: Escaping = 'underscores';

/**
 * Returns the format that a request names or that its `Accept` header asks for; the first if it has neither.
 * @throws RangeError for a name that no format has, or a version or an encoding that the format does not have
 */
export function chosenFormat(formats: Formats, request: RenderRequest): Choice {
  const { format: name, version, encoding, escaping, accept } = request;
  if (accept !== undefined) return acceptedFormat(formats, rangesIn(accept));
  const format = name === undefined ? formats[0] : formats.find((one) => one.name === name);
  if (!format) {
    const names = formats.map((one) => one.name).join(', ');
    throw new RangeError(`there is no format "${name}" here; there are ${names}`);
  }
  const { mediaTypes } = format;
  const type = mediaTypes.find(
    (one) =>
      (version === undefined || one.version === version) &&
      (encoding === undefined || one.encoding === encoding),
  );
  if (type) return choice(format, type, escaping);
  if (encoding !== undefined) {
    const encodings = mediaTypes.map((one) => one.encoding).join(', ');
    throw new RangeError(
      `the format "${name}" has no encoding "${encoding}" of that version; it has ${encodings}`,
    );
  }
  const versions = mediaTypes.map((one) => one.version).join(', ');
  throw new RangeError(`the format "${name}" has no version "${version}"; it has ${versions}`);
}

function choice(format: Format, type: MediaType, asked: string | undefined): Choice {
  const { version, encoding, contentType, escapes, alwaysTellsEscaping } = type;
  if (!escapes) return { format, version, encoding, contentType };
  const known = ESCAPINGS.find((one) => one === asked);
  const isPossible = known && (known !== 'allow-utf-8' || escapes === 'any');
  const escaping = isPossible ? known : DEFAULT_ESCAPING;
  // Whoever has not asked for a scheme need not know of any.
  const told = known || alwaysTellsEscaping ? `${contentType}; escaping=${escaping}` : contentType;
  return { format, version, encoding, escaping, contentType: told };
}

/**
 * Follows RFC 9110, section 12.5.1: the closest range that includes a type says how much it is wanted. If two
 * types are wanted equally, the one that the header names more exactly is taken, or else the one that comes
 * first: Prometheus asks for text and for any type. If none is wanted, the first is better than nothing.
 */
function acceptedFormat(formats: Formats, ranges: readonly MediaRange[]): Choice {
  let chosen = choice(formats[0], formats[0].mediaTypes[0], undefined);
  let most = 0;
  let closest = 0;
  for (const format of formats) {
    if (format.isPushed) continue;
    for (const [i, type] of format.mediaTypes.entries()) {
      const range = closestRange(ranges, type, i === 0);
      if (!range || range.weight <= 0 || range.weight < most) continue;
      if (range.weight === most && range.closeness <= closest) continue;
      chosen = choice(format, type, range.parameters.get('escaping'));
      most = range.weight;
      closest = range.closeness;
    }
  }
  return chosen;
}

/**
 * Returns the range of those that include the type which names it most exactly.
 * @param isFirst whether ranges with wildcards find the type, too
 */
function closestRange(
  ranges: readonly MediaRange[],
  type: MediaType,
  isFirst: boolean,
): (MediaRange & { readonly closeness: number }) | undefined {
  const wildcards = [type.type.replace(/[^/]+$/, '*'), '*/*'];
  let found: (MediaRange & { readonly closeness: number }) | undefined;
  for (const range of ranges) {
    const isNamed = range.type === type.type;
    const wildcard = isFirst ? wildcards.indexOf(range.type) : -1;
    const named = isNamed ? namedParameters(range, type) : 0;
    if (named === undefined || (!isNamed && wildcard < 0)) continue;
    // The widest range is 1, and a type without parameters 3.
    const closeness = isNamed ? 3 + named : 2 - wildcard;
    const isBetter =
      !found ||
      closeness > found.closeness ||
      (closeness === found.closeness && range.weight > found.weight);
    if (isBetter) found = { ...range, closeness };
  }
  return found;
}

/**
 * Returns how many parameters of the type a range names, or `undefined` if it asks for another value of one.
 * Parameters that the type does not have say nothing about it, such as `charset`.
 */
function namedParameters(range: MediaRange, type: MediaType): number | undefined {
  const { version, parameters } = type;
  const own = { ...parameters, ...(version !== undefined && { version }) };
  let count = 0;
  for (const [name, value] of Object.entries(own)) {
    const asked = range.parameters.get(name);
    if (asked === undefined) continue;
    if (asked !== value.toLowerCase()) return undefined;
    count++;
  }
  return count;
}
