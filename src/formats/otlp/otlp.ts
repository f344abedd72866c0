import { type RenderedPieces, RowRenderings } from '../../bytes/renderings.ts';
import type { Attribute, Labels, MetricFamily, Snapshot } from '../../model.ts';
import type { Encoding, Format, FormatOptions, FormatWriter } from '../format.ts';
import { attribute } from './attributes.ts';
import { type EarlierSnapshot, earlierSnapshot } from './earlier.ts';
import { familyPoints } from './family-points.ts';
import { type InstrumentPart, instrumentParts, scopeKey } from './instrument-parts.ts';
import { jsonRequest } from './json-request.ts';
import { metricForm } from './metric-form.ts';
import { type Points, pointChunk } from './point-chunk.ts';
import type { RequestWriter, ScopeMetrics } from './points.ts';
import { protobufRequest } from './protobuf-request.ts';
import { SCOPE } from './scope.ts';
import { microseconds } from './times.ts';

const REQUESTS: Readonly<Record<Encoding, RequestWriter>> = {
  protobuf: protobufRequest,
  json: jsonRequest,
};

/**
 * The message `ExportMetricsServiceRequest`, with which metrics are sent to OpenTelemetry:
 * https://opentelemetry.io/docs/specs/otlp/
 *
 * A writer belongs to one exporter. A delta is in one request only, so the exporter must send that request until
 * it has arrived. A new writer knows nothing of what others have sent: its first deltas are the whole of each
 * series. If there is nothing to say there are no bytes, and nothing should be sent:
 * https://opentelemetry.io/docs/specs/otlp/#empty-telemetry-envelopes
 */
export const otlp: Format = {
  name: 'otlp',
  mediaTypes: [
    {
      type: 'application/x-protobuf',
      encoding: 'protobuf',
      contentType: 'application/x-protobuf',
    },
    { type: 'application/json', encoding: 'json', contentType: 'application/json' },
  ],
  isPushed: true,
  open: () => new OtlpWriter(),
};

class OtlpWriter implements FormatWriter {
  readonly #renderings: Readonly<Record<Encoding, RowRenderings<Points>>> = {
    protobuf: new RowRenderings(pointChunk),
    json: new RowRenderings(pointChunk),
  };
  /** What the last request was written from, if the next one says what has come since. */
  #earlier: EarlierSnapshot | undefined;

  *write(snapshot: Snapshot, options: FormatOptions): Generator<void, RenderedPieces> {
    const { encoding = 'protobuf', temporality = 'cumulative', resource = {} } = options;
    const { timestamp, families } = snapshot;
    const to = REQUESTS[encoding];
    const before = temporality === 'delta' ? this.#earlier : undefined;
    const scopes = new Map<string, ScopeMetrics>();
    const described: Attribute[] = [];
    const { done } = yield* this.#renderings[encoding].render(function* (rendering) {
      for (const { family, instrument } of families.flatMap(instrumentParts)) {
        if (instrument?.isResource) {
          described.push(...resourceOf(family));
          continue;
        }
        const form = metricForm(family, temporality, instrument);
        const earlier =
          form.temporality === 'delta' && before ? yield* before.family(family) : undefined;
        const reading = { time: microseconds(timestamp), since: before?.time, earlier };
        const points = familyPoints(family, form, reading, to);
        const { length } = rendering.pieces;
        const { scope = SCOPE } = instrument ?? {};
        const key = scopeKey(scope);
        yield* rendering.lines(renderedAs(family, instrument, key), points, form.kind);
        const written = rendering.pieces.slice(length).filter((piece) => piece.length > 0);
        if (written.length === 0) continue;
        const known = scopes.get(key) ?? { scope, metrics: [] };
        scopes.set(key, known);
        known.metrics.push(to.metric(form, written));
      }
    });
    // If a request is given up before this, the next one includes what it would have said.
    this.#earlier = temporality === 'delta' ? earlierSnapshot(snapshot) : undefined;
    return {
      pieces:
        scopes.size > 0
          ? to.request(resourceAttributes(resource, described), [...scopes.values()])
          : [],
      done,
    };
  }
}

/** Returns the name by which the points are remembered from one request to the next. */
function renderedAs(
  { name }: MetricFamily,
  instrument: InstrumentPart['instrument'],
  scope: string,
) {
  return instrument ? `${name} ${instrument.name} ${scope}` : name;
}

/** Returns what the threads say of the resource. Each says the same, or one wins. */
function resourceOf({ series }: MetricFamily): readonly Attribute[] {
  return series.flatMap(({ instrumented }) => instrumented?.attributes ?? []);
}

/**
 * Returns the attributes of the resource: those that the exporter was given, and what else is known of it. Each has a
 * `service.name`, says OpenTelemetry, and Prometheus makes the label `job` of it:
 * https://opentelemetry.io/docs/specs/semconv/resource/#semantic-attributes-with-sdk-provided-default-value
 */
export function resourceAttributes(
  resource: Labels,
  described: readonly Attribute[] = [],
): Attribute[] {
  const given = Object.entries(resource).map(attribute);
  return [...new Map([['service.name', 'unknown_service'] as Attribute, ...described, ...given])];
}
