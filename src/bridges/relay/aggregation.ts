import type { Metric, ResourceBatch } from './batch.ts';
import type { Families } from './families.ts';
import { type Reason, RefusedPoints } from './reasons.ts';
import { type HeardTimes, isReplayed, LONGEST_SENDER, type Senders } from './senders.ts';

/** What came of a batch. */
export interface Added {
  /** How many points count. */
  readonly points: number;
  readonly refused: RefusedPoints;
}

/** Adds the points of a batch to the families. Never throws, whatever the points say. */
export function addUp(
  batch: readonly ResourceBatch[],
  families: Families,
  senders: Senders,
): Added {
  const refused = new RefusedPoints();
  let points = 0;
  families.begin();
  /** What had come from each sender before this batch, in which it may stand several times. */
  const heardBefore = new Map<string, HeardTimes>();
  for (const resource of batch) {
    const { sender, metrics } = resource;
    if (sender === undefined || sender.length > LONGEST_SENDER) {
      for (const { name, points } of metrics) refused.add('sender', name, points.length);
    } else {
      const heard = heardBefore.get(sender) ?? senders.timesOf(sender);
      heardBefore.set(sender, heard);
      const added = addMetrics(metrics, heard, families, refused);
      points += added.points;
      // Also a sender that only repeats itself was heard.
      if (added.times.size + heard.length > 0) senders.heard(sender, added.times);
    }
  }
  return { points, refused };
}

/** @param heard points that have come already are left out */
function addMetrics(
  metrics: readonly Metric[],
  heard: HeardTimes,
  families: Families,
  refused: RefusedPoints,
): { readonly points: number; readonly times: ReadonlySet<number> } {
  const times = new Set<number>();
  let added = 0;
  for (const metric of metrics) {
    const family = families.find(metric);
    if (typeof family === 'string') {
      refused.add(family, metric.name, metric.points.length);
      continue;
    }
    for (const point of metric.points as readonly { readonly time: number }[]) {
      const { time } = point;
      const reason = reasonOfTime(time, heard, family.kind) ?? family.add(point as never);
      if (reason) refused.add(reason, metric.name);
      else added++;
      if (time > 0) times.add(time);
    }
  }
  return { points: added, times };
}

function reasonOfTime(time: number, heard: HeardTimes, kind: string): Reason | undefined {
  if (!(time > 0)) return 'time';
  // Of a gauge there is a later value already.
  const isOutdated = kind === 'gauge' && time < (heard.at(-1) ?? 0);
  return isOutdated || isReplayed(time, heard) ? 'replayed' : undefined;
}
