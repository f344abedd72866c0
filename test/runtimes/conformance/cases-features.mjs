import { check, equal, errorLines, sample } from './checks.mjs';
import { busiest } from './features/busiest/feature.js';
import { NOT_OFFERED, persistOf } from './place.mjs';

/** Cases on features of an application's own: those of the examples, with what is public only. */
export const features = {
  async 'a feature beside the collector'({ telemetry, place, make }) {
    const feature = busiest({ top: 1 });
    const collector = make({ use: [feature], collectionInterval: 0.05 });
    const [fastest] = await counting(collector, async () => {
      const found = await collector.feature(feature).now();
      return found.length > 0 && found;
    });
    equal(fastest.series, 'jobs_total{kind="large"}', 'the counter that grew fastest');
    const series = 'busiest_increase_per_second{series="jobs_total{kind=\\"large\\"}"}';
    const text = await counting(collector, async () => {
      const exposed = await telemetry.formatPrometheus(collector);
      return sample(exposed, series) > 0 && exposed;
    });
    equal(errorLines(text), [], 'errors');
    // It does not cost the collector its worker.
    const { link, failed } = await collector.diagnostics();
    const { expected } = place;
    equal(link, expected.link, 'the link');
    equal(
      failed.map(({ way }) => way),
      expected.failed ?? [],
      'the ways that failed',
    );
  },

  async 'what a feature keeps'({ place, make }) {
    if (!place.persist) return NOT_OFFERED;
    const persist = persistOf(place, 'features');
    const first = busiest();
    const collector = make({ use: [first], persist, collectionInterval: 0.05 });
    const recorded = await counting(collector, async () => {
      const best = await collector.feature(first).record();
      return best.series !== '' && best;
    });
    equal(recorded.series, 'jobs_total{kind="large"}', 'the record');
    await collector.stopCollection();
    await collector.shutdown();
    const second = busiest();
    const next = make({ use: [second], persist });
    const record = await next.feature(second).record();
    // A run that was under way may have brought a higher one.
    check(record.perSecond >= recorded.perSecond, `the record in the next life is ${record}`);
    return undefined;
  },
};

/** Counts until `found` resolves to something. */
async function counting(collector, found) {
  const jobs =
    collector.getMetric('jobs_total') ??
    collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
  await collector.startCollection();
  for (;;) {
    jobs.increment(1, { kind: 'small' });
    jobs.increment(100, { kind: 'large' });
    // An inline collector answers without a turn of the event loop, and runs only in one.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const result = await found();
    if (result) return result;
  }
}
