/** Reads numbers out of a snapshot, and rates and quantiles out of two. */
import type {
  JsonExemplar,
  JsonHistogram,
  JsonScalar,
  JsonSnapshot,
  Labels,
} from 'utilityfog-telemetry';
import { seriesKey } from './audit.ts';

type Series = JsonScalar | JsonHistogram;
type Match = Readonly<Record<string, string>>;

function seriesOf(snapshot: JsonSnapshot, name: string): readonly Series[] {
  const found = snapshot.metrics[name] as Series | readonly Series[] | undefined;
  if (!found) return [];
  return Array.isArray(found) ? found : [found as Series];
}

function matching(snapshot: JsonSnapshot, name: string, match: Match): readonly Series[] {
  const wanted = Object.entries(match);
  return seriesOf(snapshot, name).filter(({ labels }) =>
    wanted.every(([label, value]) => labels[label] === value),
  );
}

/** Returns the sum over all matching series of a counter or gauge; 0 if there is none. */
export function total(snapshot: JsonSnapshot, name: string, match: Match = {}): number {
  let value = 0;
  for (const series of matching(snapshot, name, match)) {
    value += Number('value' in series ? series.value : series.count);
  }
  return value;
}

/** Returns the counter's growth per second between two snapshots. */
export function rate(before: JsonSnapshot, now: JsonSnapshot, name: string, match?: Match): number {
  const seconds = now.timestamp - before.timestamp;
  if (seconds <= 0) return 0;
  return Math.max(0, total(now, name, match) - total(before, name, match)) / seconds;
}

/**
 * Does what `histogram_quantile(q, rate(name_bucket[…]))` does in Prometheus; null if nothing was observed.
 */
export function quantile(
  q: number,
  before: JsonSnapshot,
  now: JsonSnapshot,
  name: string,
): number | null {
  const earlier = cumulative(before, name);
  const buckets = [...cumulative(now, name)]
    .map(([le, count]) => ({ le, count: count - (earlier.get(le) ?? 0) }))
    .sort((a, b) => a.le - b.le);
  const count = buckets.at(-1)?.count ?? 0;
  if (count <= 0) return null;
  const rank = q * count;
  const at = buckets.findIndex((bucket) => bucket.count >= rank);
  const low = at > 0 ? buckets[at - 1] : { le: 0, count: 0 };
  const high = buckets[at];
  if (high.le === Number.POSITIVE_INFINITY) return low.le;
  const share = high.count > low.count ? (rank - low.count) / (high.count - low.count) : 1;
  return low.le + (high.le - low.le) * share;
}

/** Returns the newest exemplar of all series, with the labels of its series. */
export function newestExemplar(
  snapshot: JsonSnapshot,
  name: string,
): { exemplar: JsonExemplar; labels: Labels } | undefined {
  return seriesOf(snapshot, name)
    .flatMap(({ exemplars = [], labels }) => exemplars.map((exemplar) => ({ exemplar, labels })))
    .reduce<{ exemplar: JsonExemplar; labels: Labels } | undefined>(
      (best, one) => (best && best.exemplar.timestamp >= one.exemplar.timestamp ? best : one),
      undefined,
    );
}

function cumulative(snapshot: JsonSnapshot, name: string): Map<number, number> {
  const sums = new Map<number, number>();
  for (const series of seriesOf(snapshot, name)) {
    if (!('buckets' in series)) continue;
    for (const [le, count] of Object.entries(series.buckets)) {
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
      sums.set(bound, (sums.get(bound) ?? 0) + Number(count));
    }
  }
  return sums;
}

/** Returns how many series of the exposition the snapshot stands for, by family. */
export function seriesCount(snapshot: JsonSnapshot): number {
  let count = 0;
  for (const name of Object.keys(snapshot.metrics)) count += seriesOf(snapshot, name).length;
  return count;
}

/** Returns every sample except the buckets, by `seriesKey`. */
export function samples(snapshot: JsonSnapshot): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of Object.keys(snapshot.metrics)) {
    for (const series of seriesOf(snapshot, name)) {
      if ('value' in series) {
        found.set(seriesKey(name, series.labels), Number(series.value));
      } else {
        found.set(seriesKey(`${name}_count`, series.labels), Number(series.count));
        found.set(seriesKey(`${name}_sum`, series.labels), Number(series.sum));
      }
    }
  }
  return found;
}
