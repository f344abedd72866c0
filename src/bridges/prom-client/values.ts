/** What prom-client calls the things that its metrics and registries show. */

/** The character encoding of expositions. */
export type Charset = 'utf-8';
/** The media type of the Prometheus text format. */
export type PrometheusMIME = 'text/plain';
/** The version of the Prometheus text format. */
export type PrometheusMetricsVersion = '0.0.4';
/** The media type of OpenMetrics. */
export type OpenMetricsMIME = 'application/openmetrics-text';
/** The version of OpenMetrics. */
export type OpenMetricsVersion = '1.0.0';
/** The whole content type of OpenMetrics. */
export type OpenMetricsContentType =
  `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;
/** The whole content type of the Prometheus text format. */
export type PrometheusContentType =
  `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;
/** The content types that a registry can have. */
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** How the values of several processes become one: see `AggregatorRegistry`. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average';

/** The types of metrics, as `MetricObject` has them. */
export const MetricType = {
  /** A total that only grows. */
  Counter: 'counter',
  /** A value that goes up and down. */
  Gauge: 'gauge',
  /** Observations, counted in buckets. */
  Histogram: 'histogram',
  /** Observations, as quantiles. */
  Summary: 'summary',
} as const;
/** One of the types of metric. */
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

/** Values for some or all labels of a metric. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

/** Sets a metric, which is its `this`, before that is read. */
// biome-ignore lint/suspicious/noExplicitAny: prom-client has this type, and code is written against it
export type CollectFunction<T = any> = (this: T) => void | Promise<void>;
/** A function that sets metrics before they are read. */
export type Collector = () => void;

/** What is known of a metric apart from its values. */
export interface MetricObject {
  /** The name. */
  name: string;
  /** What is measured, in words. */
  help: string;
  /** The type. */
  type: MetricType;
  /** How the values of several processes become one. */
  aggregator: Aggregator;
  /** Is called before the metric is read. */
  collect: CollectFunction;
}

/** A value and its labels. */
export type MetricValue<T extends string> = {
  /** The value. */
  value: number;
  /** The labels of the series. */
  labels: LabelValues<T>;
};
/** A value of a metric that has several samples for each series. */
export type MetricValueWithName<T extends string> = MetricValue<T> & {
  /** The name of the sample, where it is not that of the metric. */
  metricName?: string;
  /** The newest exemplar of the sample. */
  exemplar?: ExemplarValue | null | undefined;
};

/** A metric and its values. */
export interface MetricObjectWithValues<T extends MetricValue<string>> extends MetricObject {
  /** The values of all its series. */
  values: T[];
}

/** An exemplar as prom-client keeps it. The time is in seconds since 1970. */
export interface ExemplarValue {
  /** What leads to the example, such as `trace_id`. */
  labelSet: Readonly<Record<string, string | number>>;
  /** The value that was recorded with it. */
  value: number;
  /** When it was recorded, in seconds since 1970. */
  timestamp: number;
}

/** What `get()` resolves to. */
export interface MetricReading {
  /** The name. */
  name: string;
  /** What is measured, in words. */
  help: string;
  /** The type. */
  type?: string | undefined;
  /** How the values of several processes become one. */
  aggregator?: string | undefined;
  /** The samples of all series. */
  values?: ReadValue[] | undefined;
}

/** One sample of a reading. */
export interface ReadValue {
  /** The value. */
  value: number;
  /** The labels of the sample. */
  labels?: Readonly<Record<string, unknown>> | undefined;
  /** The name of the sample, where it is not that of the metric. */
  metricName?: string | undefined;
  /** Labels that several samples share, beside their own. */
  sharedLabels?: Readonly<Record<string, unknown>> | undefined;
  /** The newest exemplar of the sample. */
  exemplar?: ExemplarValue | null | undefined;
}
