import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { FormatOptions, FormatWriter } from '../../src/formats/format.ts';
import { otlp } from '../../src/formats/otlp/otlp.ts';
import type { MetricFamily, Snapshot } from '../../src/model.ts';
import { richSnapshot } from './any-family.ts';
import { metricsIn, readRequest } from './otlp-reader.ts';
import type { Message } from './protobuf-reader.ts';

/** Returns what a writer writes. */
export function requestBytes(
  snapshot: Snapshot,
  options: FormatOptions = {},
  writer: FormatWriter = otlp.open(),
): Buffer {
  const { pieces, done } = runToEnd(writer.write(snapshot, options));
  const bytes = Buffer.concat(pieces);
  done();
  return bytes;
}

/** Returns the metrics that families become. */
export const metricsOf = (...families: MetricFamily[]): Message[] =>
  metricsIn(readRequest(requestBytes(richSnapshot(...families))));

/** Returns the points of metrics, one after the other. */
export const pointsIn = (metrics: readonly Message[]): Message[] =>
  metrics.flatMap(({ gauge, sum, histogram, exponentialHistogram, summary }) => {
    const data = gauge ?? sum ?? histogram ?? exponentialHistogram ?? summary;
    return (data as { readonly dataPoints: Message[] }).dataPoints;
  });
