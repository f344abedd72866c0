/** What prom-client calls the things that its metrics and registries show. */

export type Charset = 'utf-8';
export type PrometheusMIME = 'text/plain';
export type PrometheusMetricsVersion = '0.0.4';
export type OpenMetricsMIME = 'application/openmetrics-text';
export type OpenMetricsVersion = '1.0.0';
export type OpenMetricsContentType =
  `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;
export type PrometheusContentType =
  `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** How the values of several processes become one: see `AggregatorRegistry`. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average';

/** The types of metrics, as `MetricObject` has them. */
export const MetricType = {
  Counter: 'counter',
  Gauge: 'gauge',
  Histogram: 'histogram',
  Summary: 'summary',
} as const;
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

/** Values for some or all labels of a metric. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

// biome-ignore lint/suspicious/noExplicitAny: prom-client has this type, and code is written against it
export type CollectFunction<T = any> = (this: T) => void | Promise<void>;
export type Collector = () => void;

export interface MetricObject {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  collect: CollectFunction;
}

export type MetricValue<T extends string> = {
  value: number;
  labels: LabelValues<T>;
};
export type MetricValueWithName<T extends string> = MetricValue<T> & {
  metricName?: string;
  exemplar?: ExemplarValue | null | undefined;
};

export interface MetricObjectWithValues<T extends MetricValue<string>> extends MetricObject {
  values: T[];
}

/** An exemplar as prom-client keeps it. The time is in seconds since 1970. */
export interface ExemplarValue {
  labelSet: Readonly<Record<string, string | number>>;
  value: number;
  timestamp: number;
}

/** What `get()` resolves to. */
export interface MetricReading {
  name: string;
  help: string;
  type?: string | undefined;
  aggregator?: string | undefined;
  values?: ReadValue[] | undefined;
}

/** One sample of a reading. */
export interface ReadValue {
  value: number;
  labels?: Readonly<Record<string, unknown>> | undefined;
  /** The name of the sample, where it is not that of the metric. */
  metricName?: string | undefined;
  /** Labels that several samples share, beside their own. */
  sharedLabels?: Readonly<Record<string, unknown>> | undefined;
  exemplar?: ExemplarValue | null | undefined;
}
