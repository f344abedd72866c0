import type { Metric, ResourceBatch } from './batch.ts';
import type { Families } from './families.ts';
import { type Reason, RefusedPoints } from './reasons.ts';
import { LONGEST_SENDER, type Senders } from './senders.ts';

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
  const heardBefore = new Map<string, number>();
  for (const resource of batch) {
    const { sender, metrics } = resource;
    if (sender === undefined || sender.length > LONGEST_SENDER) {
      for (const { name, points } of metrics) refused.add('sender', name, points.length);
    } else {
      const heardUntil = heardBefore.get(sender) ?? senders.heardUntil(sender);
      heardBefore.set(sender, heardUntil);
      const added = addMetrics(metrics, heardUntil, families, refused);
      points += added.points;
      // Also a sender that only repeats itself was heard.
      if (added.latest > 0) senders.heard(sender, added.latest);
    }
  }
  return { points, refused };
}

/** @param heardUntil points that are not later than that are left out */
function addMetrics(
  metrics: readonly Metric[],
  heardUntil: number,
  families: Families,
  refused: RefusedPoints,
): { readonly points: number; readonly latest: number } {
  let latest = heardUntil;
  let added = 0;
  for (const metric of metrics) {
    const family = families.find(metric);
    if (typeof family === 'string') {
      refused.add(family, metric.name, metric.points.length);
      continue;
    }
    for (const point of metric.points as readonly { readonly time: number }[]) {
      const { time } = point;
      const reason = reasonOfTime(time, heardUntil) ?? family.add(point as never);
      if (reason) refused.add(reason, metric.name);
      else added++;
      if (time > latest) latest = time;
    }
  }
  return { points: added, latest };
}

function reasonOfTime(time: number, heardUntil: number): Reason | undefined {
  if (!(time > 0)) return 'time';
  return time > heardUntil ? undefined : 'replayed';
}
