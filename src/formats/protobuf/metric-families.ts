import { type Messages, messageChunk } from '../../bytes/message-chunk.ts';
import { MessageWriter } from '../../bytes/message-writer.ts';
import { type RenderedPieces, RowRenderings } from '../../bytes/renderings.ts';
import { CONTENT_TYPES, type Snapshot } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import { namingOf } from '../exposed-names.ts';
import type { Format, FormatOptions, FormatWriter } from '../format.ts';
import type { NamedFamily } from '../names.ts';
import { VariantCache } from '../variant-cache.ts';
import { messageType } from './metric-contents.ts';
import { metricMessages } from './metric-messages.ts';

/** The fields of `io.prometheus.client.MetricFamily`. */
const NAME = 1;
const HELP = 2;
const TYPE = 3;
const UNIT = 5;
/** There are fewer types of metrics. */
const TYPES = 8;

/**
 * The messages `io.prometheus.client.MetricFamily`, each with its length before it, as Prometheus asks for
 * them where it collects native histograms.
 * https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto
 */
export const metricFamilies: Format = {
  name: 'protobuf',
  mediaTypes: [
    {
      type: 'application/vnd.google.protobuf',
      parameters: { proto: 'io.prometheus.client.metricfamily', encoding: 'delimited' },
      contentType: CONTENT_TYPES.protobuf,
      escapes: 'any',
    },
  ],
  open: () => new MetricFamiliesWriter(),
};

/** It remembers the last messages, since the next will hardly differ. */
class MetricFamiliesWriter implements FormatWriter {
  readonly #messages = new VariantCache(() => new RowRenderings<Messages>(messageChunk));

  *write(
    snapshot: Snapshot,
    { escaping = 'underscores' }: FormatOptions,
  ): Generator<void, RenderedPieces> {
    const { families, variant } = yield* namingOf(snapshot.families, escaping);
    return yield* this.#messages.of(variant).render(function* (to) {
      for (const one of families) {
        // A family without series says nothing, and not every reader takes it.
        if (one.family.series.length === 0) continue;
        const type = messageType(one.family);
        const messages = metricMessages(one, type, escaping);
        const { length } = to.pieces;
        // The length comes first, but it is known last.
        to.pieces.push(new Uint8Array());
        yield* to.lines(one.name, messages, messages.width * TYPES + type);
        to.pieces[length] = familyHead(one, type, to.pieces.slice(length));
      }
    });
  }
}

/** Returns the length of a family, and its fields but the metrics. */
function familyHead(
  { family, name }: NamedFamily,
  type: number,
  metrics: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const { description, unit } = family;
  const fields = new MessageWriter(64);
  fields.string(NAME, wellFormed(name));
  if (description !== '') fields.string(HELP, wellFormed(description));
  fields.whole(TYPE, type);
  if (unit !== '') fields.string(UNIT, wellFormed(unit));
  const head = new MessageWriter(64 + fields.length);
  head.varint(metrics.reduce((sum, { length }) => sum + length, fields.length));
  head.copy(fields.bytes, 0, fields.length);
  return head.bytes;
}
