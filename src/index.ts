export type { TelemetryCollectorOptions } from './collector-options.ts';
export { ConsoleExporter, type ConsoleOptions } from './exporters/console-exporter.ts';
export { FileExporter, type FileExporterOptions } from './exporters/file-exporter.ts';
export type { HeaderFields, HeaderSource, HttpOptions } from './exporters/http-options.ts';
export { formatJSON, JSONExporter, type JSONOptions } from './exporters/json-exporter.ts';
export { MetricsExporter } from './exporters/metrics-exporter.ts';
export { MultiExporter } from './exporters/multi-exporter.ts';
export {
  formatOpenMetrics,
  OpenMetricsExporter,
  type OpenMetricsOptions,
} from './exporters/openmetrics-exporter.ts';
export { OTLPExporter, type OTLPOptions } from './exporters/otlp-exporter.ts';
export { PeriodicExporter, type PeriodicOptions } from './exporters/periodic-exporter.ts';
export type { FileOptions } from './exporters/planned-exporter.ts';
export {
  formatPrometheus,
  PrometheusAdapter,
  type PrometheusOptions,
} from './exporters/prometheus-adapter.ts';
export { PushgatewayExporter, type PushgatewayOptions } from './exporters/pushgateway-exporter.ts';
export type { QueueOptions } from './exporters/queue-options.ts';
export { RelayExporter, type RelayExporterOptions } from './exporters/relay-exporter.ts';
export { RemoteWriteExporter, type RemoteWriteOptions } from './exporters/remote-write-exporter.ts';
export { WebhookExporter, type WebhookOptions } from './exporters/webhook-exporter.ts';
export type {
  JsonExemplar,
  JsonHistogram,
  JsonNativeHistogram,
  JsonScalar,
  JsonSnapshot,
  JsonStates,
  JsonSummary,
} from './formats/json.ts';
export { getCollector } from './get-collector.ts';
export {
  type BrowserTelemetryOptions,
  type StopBrowserTelemetry,
  setupBrowserTelemetry,
} from './hooks/browser-telemetry.ts';
export { setupCoordinationHooks } from './hooks/coordination-hooks.ts';
export { setupHealthHooks } from './hooks/health-hooks.ts';
export { setupMessagingHooks } from './hooks/messaging-hooks.ts';
export type { BrowserGroup } from './hooks/page.ts';
export { type RuntimeHooksOptions, setupRuntimeHooks } from './hooks/runtime-hooks.ts';
export type { BasicAuth, HandlerOptions, ServeOptions } from './http/access-options.ts';
export type { Collect, Collected, CollectedSeries } from './kinds/collected-kind.ts';
export type { BoundCounter, Counter, CounterOptions } from './kinds/counter/recording.ts';
export type { Escaping } from './kinds/escaping.ts';
export type { ExemplarLabels, ExemplarSource, RecordingOptions } from './kinds/exemplars.ts';
export type { BoundGauge, Gauge, GaugeOptions } from './kinds/gauge/recording.ts';
export { DEFAULT_BUCKETS, exponentialBuckets, linearBuckets } from './kinds/histogram/bounds.ts';
export type {
  BoundHistogram,
  CollectedBuckets,
  CollectedHistogram,
  CollectedNative,
  Histogram,
  HistogramOptions,
  HistogramValue,
} from './kinds/histogram/recording.ts';
export type { BoundInfo, Info, InfoOptions } from './kinds/info/recording.ts';
export type { LabelSet } from './kinds/labels.ts';
export type { NativeValue } from './kinds/native/native-value.ts';
export type { NativeOptions } from './kinds/native/options.ts';
export type { NativeBucket } from './kinds/native/quantile.ts';
export type { MetricOptions } from './kinds/recording-kind.ts';
export type { ScalarValue } from './kinds/scalar-metric.ts';
export type {
  BoundStateSet,
  StateSet,
  StateSetOptions,
  StateSetValue,
} from './kinds/state-set/recording.ts';
export type {
  BoundSummary,
  Summary,
  SummaryOptions,
  SummaryValue,
} from './kinds/summary/recording.ts';
export type { Diagnostics } from './links/connection.ts';
export {
  type AlertReport,
  type AnomalyReport,
  CONTENT_TYPES,
  type CollectionRun,
  type Combine,
  type DeliveryReport,
  type Exemplar,
  type FamilyHead,
  type Labels,
  type LabelValue,
  type LinkKind,
  type Logger,
  type MetricFamily,
  MetricType,
  type NativeBuckets,
  type NativeHistogram,
  type RuntimeGroup,
  type SeriesData,
  type SeriesLabels,
  type Snapshot,
  TelemetryError,
  type TelemetryEvent,
  type ThreadPort,
} from './model.ts';
export type { PersistOptions } from './protocol/config.ts';
export type {
  Feature,
  FeatureCall,
  FeatureCode,
  FeaturePart,
  Part,
  PartHost,
  PartModule,
  PartState,
} from './protocol/feature.ts';
export type { FlushOutcome, StorageFailure } from './protocol/status.ts';
export type { Blobs } from './storage/blobs.ts';
export { type AnyMetric, type EventOptions, TelemetryCollector } from './telemetry-collector.ts';
