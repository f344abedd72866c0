/**
 * The names of prom-client 15 on this library: what is written for prom-client records into the pages of a collector.
 */
import { aggregators } from './aggregators.ts';
import { exponentialBuckets, linearBuckets } from './buckets.ts';
import { AggregatorRegistry } from './cluster.ts';
import { Counter } from './counter.ts';
import { collectDefaultMetrics } from './default-metrics.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { validateMetricName } from './names.ts';
import { Pushgateway } from './pushgateway.ts';
import { globalRegistry, Registry } from './registry.ts';
import { Summary } from './summary.ts';
import { MetricType, type RegistryContentType } from './values.ts';

/** The registry of metrics that name none. */
const register = globalRegistry;
/** The content type of the Prometheus text format. */
const prometheusContentType = Registry.PROMETHEUS_CONTENT_TYPE;
/** The content type of OpenMetrics. */
const openMetricsContentType = Registry.OPENMETRICS_CONTENT_TYPE;
/** The content type that the global registry has when this is loaded: `register.contentType` tells the present one. */
const contentType: RegistryContentType = register.contentType;

/** What `require()` returns. */
const client = {
  register,
  globalRegistry,
  Registry,
  /** The content type of the global registry. */
  get contentType(): RegistryContentType {
    return register.contentType;
  },
  set contentType(value: RegistryContentType) {
    register.setContentType(value as typeof register.contentType);
  },
  prometheusContentType,
  openMetricsContentType,
  validateMetricName,
  Counter,
  Gauge,
  Histogram,
  Summary,
  Pushgateway,
  linearBuckets,
  exponentialBuckets,
  collectDefaultMetrics,
  aggregators,
  AggregatorRegistry,
  MetricType,
};

export type { CounterConfiguration, IncreaseDataWithExemplar } from './counter.ts';
export type { DefaultMetricsCollectorConfiguration } from './default-group.ts';
export type { CollectDefaultMetrics } from './default-metrics.ts';
export type { GaugeConfiguration } from './gauge.ts';
export type { HistogramConfiguration, ObserveDataWithExemplar } from './histogram.ts';
export type { MetricConfiguration } from './metric.ts';
export type { PushgatewayAnswer, PushgatewayParameters } from './pushgateway.ts';
export type { SummaryConfiguration } from './summary.ts';
export type * from './values.ts';
export {
  AggregatorRegistry,
  aggregators,
  Counter,
  client as default,
  collectDefaultMetrics,
  contentType,
  exponentialBuckets,
  Gauge,
  globalRegistry,
  Histogram,
  linearBuckets,
  MetricType,
  openMetricsContentType,
  Pushgateway,
  prometheusContentType,
  Registry,
  register,
  Summary,
  validateMetricName,
};

/** A metric of any type. */
export type Metric<T extends string = string> = Counter<T> | Gauge<T> | Summary<T> | Histogram<T>;
