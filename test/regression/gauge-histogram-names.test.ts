/** OpenMetrics writes `x_gcount` and `x_gsum` for a histogram whose counts may fall: no other family may be called so. */
import { formatOpenMetrics } from 'utilityfog-telemetry';
import { alerting } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, it } from 'vitest';
import { logOf, makeCollector } from '../collectors.ts';

const RULES = `groups:
  - name: took
    interval: 100ms
    rules:
      - {record: took_rate, expr: 'sum(rate(took_seconds[1h]))'}
`;

it('a histogram of rules is not shown if a family has the names of its samples', async () => {
  const use = [history(), promql(), alerting({ rules: RULES })];
  const collector = makeCollector({ use, collectionInterval: 0.05 });
  collector.registerGauge('took_rate_gcount').set(7);
  const took = collector.registerHistogram('took_seconds', '', { native: { schema: 0 } });
  await collector.startCollection();
  const recorded = async () => (await collector.query('histogram_count(took_rate) > 0')).result;
  took.observe(1);
  await expect
    .poll(() => {
      took.observe(1);
      return recorded();
    })
    .toHaveLength(1);
  const lines = (await formatOpenMetrics(collector)).split('\n');
  expect(lines.filter((line) => line.startsWith('took_rate'))).toEqual(['took_rate_gcount 7']);
  expect(logOf(collector).join()).toContain('write the same samples');
});
