import type { MetricFamily, SeriesLabels, Snapshot } from '../model.ts';
import { ByteWriter } from './byte-writer.ts';
import { LineChunk } from './line-chunk.ts';
import { familyHead, lineNumbers, linePrefixes } from './prometheus-text.ts';

/** Lines that are made anew when one of them changes. */
const CHUNK_LINES = 1024;

interface RenderedFamily {
  readonly series: readonly SeriesLabels[];
  readonly chunks: readonly LineChunk[];
}

/**
 * What `renderPrometheusText` gives, in UTF-8, for one collector whose snapshots come one after the
 * other. Remembers the last one, for the next will hardly differ: a tenth of the time.
 */
export class PrometheusTextCache {
  #families: ReadonlyMap<string, RenderedFamily> = new Map();

  /** In pieces, so that the caller can do something else in between. They are not to be changed. */
  *render(snapshot: Snapshot): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    const rendered = new Map<string, RenderedFamily>();
    for (const family of snapshot.families) {
      const head = new ByteWriter(256);
      head.text(familyHead(family));
      yield head.end();
      const chunks: LineChunk[] = [];
      for (const chunk of renderFamily(family, this.#families.get(family.name))) {
        chunks.push(chunk);
        yield chunk.bytes;
      }
      rendered.set(family.name, { series: family.series, chunks });
    }
    this.#families = rendered;
  }
}

function* renderFamily(
  family: MetricFamily,
  before: RenderedFamily | undefined,
): Generator<LineChunk, void, undefined> {
  const { series, buckets } = family;
  const step = Math.ceil(CHUNK_LINES / (buckets.length + 1));
  const prefix = linePrefixes(family);
  for (let from = 0; from < series.length; from += step) {
    const to = Math.min(from + step, series.length);
    const numbers = lineNumbers(family, from, to);
    const first = (numbers.length / (to - from)) * from;
    const same = before && sameSeries(before.series, series, from, to, step);
    yield same
      ? before.chunks[from / step].with(numbers)
      : new LineChunk(numbers, (line) => prefix(first + line));
  }
}

/** Whether a chunk was of the same series before. */
function sameSeries(
  before: readonly SeriesLabels[],
  now: readonly SeriesLabels[],
  from: number,
  to: number,
  step: number,
): boolean {
  if (before === now) return true;
  if (Math.min(from + step, before.length) !== to) return false;
  for (let i = from; i < to; i++) if (before[i] !== now[i]) return false;
  return true;
}
