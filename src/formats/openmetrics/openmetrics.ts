import { CONTENT_TYPES } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import type { Format } from '../format.ts';
import { escapeLabelValue, metricName } from '../sample-lines.ts';
import { TextCache } from '../text-cache.ts';
import { type OpenMetricsFamily, openMetricsFamilies } from './families.ts';
import { openMetricsLines } from './lines.ts';

const TYPE = 'application/openmetrics-text';

/**
 * OpenMetrics 1.0.0, as text:
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 * What asks for 0.0.1, a draft that Prometheus still names, reads the same text.
 */
export const openMetrics: Format = {
  name: 'openmetrics',
  mediaTypes: [
    { type: TYPE, version: '1.0.0', contentType: CONTENT_TYPES.openMetrics, escapes: 'any' },
    {
      type: TYPE,
      version: '0.0.1',
      contentType: `${TYPE}; version=0.0.1; charset=utf-8`,
      escapes: 'legacy',
    },
  ],
  open: () =>
    new TextCache(function* (families, { escaping, createdSamples }) {
      for (const one of yield* openMetricsFamilies(families)) {
        const lines = openMetricsLines(one, escaping, createdSamples);
        yield { head: head(one), lines, name: one.name, kind: one.type };
      }
    }, '# EOF\n'),
};

function head({ family: { description, unit }, name, type }: OpenMetricsFamily): string {
  const written = metricName(name);
  const help = escapeLabelValue(wellFormed(description));
  // A unit that the name does not end in, and one of these types, is refused by parsers.
  const hasUnit =
    /^\w+$/.test(unit) && name.endsWith(`_${unit}`) && type !== 'info' && type !== 'stateset';
  return [
    `# TYPE ${written} ${type}\n`,
    hasUnit ? `# UNIT ${written} ${unit}\n` : '',
    help === '' ? '' : `# HELP ${written} ${help}\n`,
  ].join('');
}
