/** Code as applications write it for prom-client. It is only compiled. */
import client, {
  AggregatorRegistry,
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type LabelValues,
  type Metric,
  type MetricObjectWithValues,
  type MetricValue,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Pushgateway,
  Registry,
  type RegistryContentType,
  register,
  Summary,
} from 'utilityfog-telemetry/prom-client';

const configuration: CounterConfiguration<'method' | 'status'> = {
  name: 'c',
  help: 'help',
  labelNames: ['method', 'status'] as const,
  registers: [register],
  collect() {
    this.inc({ method: 'GET' }, 2);
  },
};
const counter = new Counter(configuration);
counter.inc();
counter.inc(2);
counter.inc({ method: 'GET', status: 200 }, 2);
counter.labels('GET', '200').inc();
const bound: Counter.Internal = counter.labels({ method: 'GET' });
bound.inc(1);
// @ts-expect-error: there is no such label
counter.inc({ path: '/' });

const gauge = new Gauge({ name: 'g', help: 'help', labelNames: ['a'], aggregator: 'first' });
const end = gauge.startTimer({ a: 'x' });
const seconds: number = end();
gauge.set({ a: 'x' }, seconds);

const open = new Registry<OpenMetricsContentType>(Registry.OPENMETRICS_CONTENT_TYPE);
const histogram = new Histogram({
  name: 'h',
  help: 'help',
  buckets: client.exponentialBuckets(1, 2, 5),
  enableExemplars: true,
  registers: [open],
});
histogram.observe({ value: 1, labels: {}, exemplarLabels: { traceId: 'one' } });
histogram.startTimer({}, { traceId: 'two' })({}, { traceId: 'three' });
new Summary({ name: 's', help: 'help', percentiles: [0.5], maxAgeSeconds: 60, ageBuckets: 5 });

const one = register.getSingleMetric('c') as Counter<string>;
const any: Metric<string> = one;
any.reset();
const typed: Metric<'method'> | Gauge<'a'> = gauge;
const labels: LabelValues<'a'> = { a: 1 };
gauge.inc(labels);

export async function shown(): Promise<string> {
  const json: MetricObjectWithValues<MetricValue<string>>[] = await register.getMetricsAsJSON();
  const text: string = await register.getSingleMetricAsString(json[0]!.name);
  collectDefaultMetrics({ register, prefix: 'x_', gcDurationBuckets: [1], labels: { pod: 'a' } });
  collectDefaultMetrics({ register: open });
  AggregatorRegistry.setRegistries([register, open]);
  const aggregator = new AggregatorRegistry<PrometheusContentType>();
  await new Pushgateway('http://localhost', [] as never, register).pushAdd({ jobName: 'j' });
  const type: RegistryContentType = register.contentType;
  return text + type + (await aggregator.clusterMetrics()) + String(typed);
}
