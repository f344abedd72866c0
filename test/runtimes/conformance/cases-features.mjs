import { check, equal, errorLines, errorsFor, sample } from './checks.mjs';
import { busiest } from './features/busiest/feature.js';
import { push } from './features/push/feature.js';
import { NOT_OFFERED, persistOf } from './place.mjs';

/** Cases on features of an application: those of the examples, which use only what is public. */
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
    await checkLink(collector, place);
  },

  async 'a feature that pushes'({ telemetry, place, make, warnings }) {
    const { name, receiver } = place;
    const url = `${receiver ?? NOWHERE}/${encodeURIComponent(name)}`;
    const collector = make({ use: [push({ url })] });
    collector.registerCounter('jobs_total').increment(7);
    const { failures } = await collector.flush();
    const text = await telemetry.formatPrometheus(collector);
    await checkLink(collector, place);
    if (!receiver) {
      equal(failures.length, 1, 'the number of failures of a flush');
      check(failures[0].startsWith('the feature push: '), `it fails with ${failures}`);
      equal(errorsFor(text, 'feature'), 1, 'errors of features');
      equal(sample(text, 'jobs_total'), 7, 'the counter afterwards');
      // It tries once more when the collector ends.
      await collector.shutdown();
      const logged = warnings();
      check(
        logged.length > 0 && logged.every((message) => message.includes('"push" failed')),
        `the warnings are ${logged}`,
      );
      return NOT_OFFERED;
    }
    equal(failures, [], 'the failures of a flush');
    equal(errorLines(text), [], 'errors');
    const { metrics } = await (await fetch(url)).json();
    const jobs = metrics.find((metric) => metric.name === 'jobs_total');
    equal(jobs?.values, [7], 'the counter that was pushed');
    return undefined;
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
    // A run that was under way may have set a higher record.
    check(record.perSecond >= recorded.perSecond, `the record in the next life is ${record}`);
    return undefined;
  },
};

/** An address for places that have no network, which cannot be reached. */
const NOWHERE = 'http://localhost:9';

/** Checks that the collector has its worker although it uses a feature. */
async function checkLink(collector, { expected }) {
  const { link, failed } = await collector.diagnostics();
  equal(link, expected.link, 'the link');
  equal(
    failed.map(({ way }) => way),
    expected.failed ?? [],
    'the ways that failed',
  );
}

/** Counts until `found` resolves to something, and resolves to that. */
async function counting(collector, found) {
  const jobs =
    collector.getMetric('jobs_total') ??
    collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
  await collector.startCollection();
  for (;;) {
    jobs.increment(1, { kind: 'small' });
    jobs.increment(100, { kind: 'large' });
    // An inline collector answers without a turn of the event loop, but collects only in one.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const result = await found();
    if (result) return result;
  }
}
